/**
 * A part of a file as output, for reading on in parts without a live stream. Each part says what the file is, so that whoever reads
 * on notices that it is another one now.
 */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { limits } from '../../../protocol/limits.ts';
import { failure, success } from '../../../protocol/outcome.ts';
import type { PrimitiveContext, RunOutcome } from '../../../protocol/primitive.ts';
import { defineAgentPrimitive } from '../agent-primitive.ts';
import { contentOf } from './content.ts';
import { identityOf } from './facts.ts';
import { withFile } from './open-file.ts';
import type { OpenFile } from './open-file.ts';
import { placeParameters } from './place.ts';

const params = Type.Object(
  {
    ...placeParameters,
    offset: Type.Optional(Type.Integer({ title: 'From', description: 'First byte that is wanted.', default: 0, minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
    length: Type.Optional(Type.Integer({ title: 'Length', description: 'How many bytes at most.', default: limits.maxOutputBytes, minimum: 1, maximum: limits.maxOutputBytes })),
    identity: Type.Optional(Type.String({ title: 'Identity', description: 'What an earlier part said: another file, or one that was written to, is then refused as changed.', maxLength: 128 })),
  },
  { additionalProperties: false },
);

const result = Type.Object(
  {
    offset: Type.Integer({ title: 'From', description: 'First byte that came.' }),
    bytes: Type.Integer({ title: 'Bytes', description: 'How many came, as output.' }),
    size: Type.Integer({ title: 'Size', description: 'Length of the whole file; 0 for what the system makes while it is read, as in /proc.' }),
    modifiedMs: Type.Integer({ title: 'Modified', description: 'When its content was changed last, milliseconds since 1970.' }),
    identity: Type.String({ title: 'Identity', description: 'Give it with the next part.' }),
    end: Type.Boolean({ title: 'End', description: 'Whether this part reaches the end of the file.' }),
  },
  { additionalProperties: false },
);

export const fileReadBlocks = defineAgentPrimitive({
  name: 'file.read-blocks',
  title: 'Read a part of a file',
  description: 'Reads bytes of a file from an offset on, as output. For all of a large file use behest get, which is faster.',
  risk: 'read',
  streams: 'output',
  platforms: ['linux', 'win32', 'darwin'],
  params,
  result,
  run: (given, context) => withFile(given, (open) => readPart(open, given, context)),
});

async function readPart({ file, stats, shown }: OpenFile, given: Static<typeof params>, context: PrimitiveContext): Promise<RunOutcome<Static<typeof result>>> {
  const { offset = 0, length = limits.maxOutputBytes } = given;
  const identity = identityOf(stats);
  if (given.identity !== undefined && given.identity !== identity) return failure('changed-meanwhile', shown);
  let bytes = 0;
  for await (const part of contentOf(file, { from: offset, to: offset + length }, false)) {
    if (context.signal.aborted) return failure('cancelled', shown);
    if (!('bytes' in part)) continue;
    bytes += part.bytes.byteLength;
    await context.output('stdout', part.bytes);
  }
  const { bytesRead: more } = await file.read(Buffer.alloc(1), 0, 1, offset + bytes);
  if (identityOf(await file.stat({ bigint: true })) !== identity) return failure('changed-meanwhile', shown);
  return success({ offset, bytes, size: Number(stats.size), modifiedMs: Number(stats.mtimeMs), identity, end: more === 0 });
}
