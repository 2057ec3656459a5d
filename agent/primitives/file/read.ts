/**
 * A whole file: of any size over a live stream, a small one as output. What the console has of it already is not sent again,
 * once it has been seen that it is the same.
 */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { base64Url } from '../../../protocol/bytes.ts';
import { FileDigest } from '../../../protocol/files/digest.ts';
import { aboutPiece, dataHead, endPiece, zerosPiece } from '../../../protocol/files/pieces.ts';
import type { ReadAbout } from '../../../protocol/files/facts.ts';
import { limits } from '../../../protocol/limits.ts';
import { failure, success } from '../../../protocol/outcome.ts';
import type { PrimitiveContext, RunOutcome } from '../../../protocol/primitive.ts';
import { defineAgentPrimitive } from '../agent-primitive.ts';
import { contentOf, hasHoles, lengthOf } from './content.ts';
import type { ContentPart } from './content.ts';
import { identityOf, modeOf } from './facts.ts';
import { withFile } from './open-file.ts';
import type { OpenFile } from './open-file.ts';
import { placeParameters } from './place.ts';
import { serveSending } from './sending.ts';
import type { Sender } from './sending.ts';

const digest = Type.String({ title: 'Digest', description: 'Of the content, by protocol/files/digest.ts, base64url.', pattern: '^[A-Za-z0-9_-]{43}$' });

const params = Type.Object(
  {
    ...placeParameters,
    known: Type.Optional(
      Type.Object(
        { bytes: Type.Integer({ title: 'Bytes', description: 'How many from the beginning on.', minimum: 1 }), digest },
        { title: 'Known already', description: 'What an earlier attempt has brought over: only the rest is sent, if the file still begins like that.', additionalProperties: false },
      ),
    ),
  },
  { additionalProperties: false },
);

const result = Type.Object(
  {
    size: Type.Integer({ title: 'Size', description: 'Bytes that were read, with those known already.' }),
    modifiedMs: Type.Integer({ title: 'Modified', description: 'When its content was changed last, milliseconds since 1970.' }),
    identity: Type.String({ title: 'Identity', description: 'Of the file as it was when it was opened.' }),
    digest: Type.Optional(digest),
    changed: Type.Boolean({ title: 'Changed', description: 'Whether it was written to while it was read: what came may be of several moments.' }),
  },
  { additionalProperties: false },
);
type Read = Static<typeof result>;

export const fileRead = defineAgentPrimitive({
  name: 'file.read',
  title: 'Read a file',
  description: `Reads a whole file: with a live stream of any size (behest get), otherwise up to ${limits.maxOutputBytes / 1024 / 1024} MiB as output.`,
  risk: 'read',
  streams: 'live',
  platforms: ['linux', 'win32', 'darwin'],
  params,
  result,
  run: (given, context) => withFile(given, (open) => readToOutput(open, context)),
  serve: (given) => serveSending((sender) => withFile(given, (open) => sendFile(open, given.known, sender))),
});

async function readToOutput({ file, stats, shown }: OpenFile, context: PrimitiveContext): Promise<RunOutcome<Read>> {
  const size = lengthOf(stats);
  if ((size ?? 0) > limits.maxOutputBytes) return failure('not-supported', `${shown} has ${size} bytes; read it with behest get, or in parts with file.read-blocks`);
  let bytes = 0;
  for await (const part of contentOf(file, { from: 0, to: size }, false)) {
    if (context.signal.aborted) return failure('cancelled', shown);
    if (!('bytes' in part)) continue;
    bytes += part.bytes.byteLength;
    if (bytes > limits.maxOutputBytes) return failure('not-supported', `${shown} has more than ${limits.maxOutputBytes} bytes; read it with behest get`);
    await context.output('stdout', part.bytes);
  }
  return success(await resultOf({ file, stats, shown }, bytes));
}

async function sendFile(open: OpenFile, known: Static<typeof params>['known'], sender: Sender): Promise<RunOutcome<Read>> {
  const { file, stats, shown } = open;
  const sum = new FileDigest();
  const size = lengthOf(stats);
  if (known !== undefined && !(await beginsLike(open, known, sum))) return failure('changed-meanwhile', `${shown} does not begin as what is known of it`);
  const from = known?.bytes ?? 0;
  const about: ReadAbout = { from, modifiedMs: Number(stats.mtimeMs), ...modeOf(stats), ...(size === undefined ? {} : { size }) };
  await sender.send(aboutPiece(about));
  let at = from;
  for await (const part of contentOf(file, { from, to: size }, hasHoles(stats))) {
    if (sender.signal.aborted) return failure('cancelled', shown);
    at += await sendPart(part, sum, sender);
  }
  if (size !== undefined && at < size) return failure('changed-meanwhile', `${shown} has become shorter`);
  const whole = await sum.value();
  await sender.send(endPiece(whole));
  return success({ ...(await resultOf(open, at)), digest: base64Url(whole) });
}

async function sendPart(part: ContentPart, sum: FileDigest, sender: Sender): Promise<number> {
  if ('zeros' in part) {
    await Promise.all([sum.addZeros(part.zeros), sender.send(zerosPiece(part.zeros))]);
    return part.zeros;
  }
  await Promise.all([sum.add(part.bytes), sender.send(dataHead(part.bytes.byteLength)), sender.send(part.bytes)]);
  return part.bytes.byteLength;
}

/** Reads what is said to be known, into `sum`. */
async function beginsLike({ file }: OpenFile, known: { readonly bytes: number; readonly digest: string }, sum: FileDigest): Promise<boolean> {
  let bytes = 0;
  for await (const part of contentOf(file, { from: 0, to: known.bytes }, false)) {
    if (!('bytes' in part)) continue;
    await sum.add(part.bytes);
    bytes += part.bytes.byteLength;
  }
  return bytes === known.bytes && base64Url(await sum.value()) === known.digest;
}

async function resultOf({ file, stats }: OpenFile, size: number): Promise<Read> {
  const identity = identityOf(stats);
  const changed = identityOf(await file.stat({ bigint: true })) !== identity;
  return { size, modifiedMs: Number(stats.mtimeMs), identity, changed };
}
