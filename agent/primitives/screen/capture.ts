/**
 * A picture of a screen, as output: PNG where it fits into what a run may write, else JPEG by ImageMagick.
 */
import { Type } from 'typebox';
import { limits } from '../../../protocol/limits.ts';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import { defineAgentPrimitive } from '../agent-primitive.ts';
import { commandOn, findDesktop } from '../dialog/desktop.ts';
import type { Desktop } from '../dialog/desktop.ts';
import { messageParameters, shownFields } from '../dialog/parameters.ts';
import { askToolForBytes } from '../tool.ts';
import type { ToolContext } from '../tool.ts';

/** Programs that write a PNG of the whole screen to standard output. */
const takers: readonly { readonly kind: Desktop['kind']; readonly program: readonly string[] }[] = [
  { kind: 'x11', program: ['import', '-silent', '-window', 'root', 'png:-'] },
  { kind: 'x11', program: ['maim'] },
  { kind: 'x11', program: ['scrot', '-'] },
  { kind: 'wayland', program: ['grim', '-'] },
];
const notThere = 127;
/** Of JPEG, best first: the first that fits is taken. */
const qualities = [85, 60, 30];

type Picture = { readonly format: 'png' | 'jpeg'; readonly bytes: Buffer };

export const screenCapture = defineAgentPrimitive({
  name: 'screen.capture',
  title: 'Picture of the screen',
  description: 'Takes a picture of the screen of the person at the machine and writes it to its output. PNG up to 1 MiB, beyond that JPEG.',
  // it shows whatever the person has before them, a password manager as well
  risk: 'control',
  streams: 'output',
  platforms: ['linux'],
  params: Type.Object({ user: messageParameters.user }, { additionalProperties: false }),
  result: Type.Object(
    {
      user: shownFields.user,
      screen: Type.String({ title: 'Screen', description: 'Name of the display, such as :0.' }),
      format: Type.Enum(['png', 'jpeg'], { title: 'Format', description: 'Of the picture in the output.' }),
      bytes: Type.Integer({ title: 'Size', description: 'Of the picture, bytes.', format: 'bytes' }),
    },
    { additionalProperties: false },
  ),
  run: async ({ user }, context) => {
    const desktop = await findDesktop(user, context);
    if (!desktop.ok) return desktop;
    const taken = await take(desktop.value, context);
    const picture = taken.ok ? await fitting(taken.value, context) : taken;
    if (!picture.ok) return picture;
    const { format, bytes } = picture.value;
    await context.output('stdout', bytes);
    return success({ user: desktop.value.user, screen: desktop.value.name, format, bytes: bytes.byteLength });
  },
});

async function take(desktop: Desktop, context: ToolContext): Promise<Outcome<Buffer>> {
  const able = takers.filter(({ kind }) => kind === desktop.kind);
  for (const { program } of able) {
    const { file, args } = commandOn(desktop, program, context.directiveId);
    const said = await askToolForBytes(file, args, context);
    if (!said.ok) return said;
    const { exitCode, stdout, stderr } = said.value;
    if (exitCode === notThere) continue;
    return exitCode === 0 && stdout.byteLength > 0 ? success(stdout) : failure('tool-failed', `${program[0]}: ${stderr.toString().trim().slice(-300)}`);
  }
  return failure('tool-missing', `${able.map(({ program }) => program[0]).join(', ')}: none of them is there`);
}

async function fitting(png: Buffer, context: ToolContext): Promise<Outcome<Picture>> {
  if (png.byteLength <= limits.maxOutputBytes) return success({ format: 'png', bytes: png });
  for (const quality of qualities) {
    const said = await askToolForBytes('convert', ['png:-', '-quality', String(quality), 'jpeg:-'], context, { stdin: png });
    if (!said.ok) return said;
    const { exitCode, stdout, stderr } = said.value;
    if (exitCode !== 0) return failure('tool-failed', `convert: ${stderr.toString().trim().slice(-300)}`);
    if (stdout.byteLength <= limits.maxOutputBytes) return success({ format: 'jpeg', bytes: stdout });
  }
  return failure('not-supported', `the picture has ${png.byteLength} bytes and cannot be made small enough`);
}
