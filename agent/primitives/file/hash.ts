/**
 * The digest of a file, to be compared with what other programs say.
 */
import { createHash } from 'node:crypto';
import { Type } from 'typebox';
import { failure, success } from '../../../protocol/outcome.ts';
import { defineAgentPrimitive } from '../agent-primitive.ts';
import { contentOf, lengthOf } from './content.ts';
import { withFile } from './open-file.ts';
import { placeParameters } from './place.ts';

const algorithms = ['sha256', 'sha512', 'sha1', 'md5'] as const;

export const fileHash = defineAgentPrimitive({
  name: 'file.hash',
  title: 'Digest of a file',
  description: 'Computes the digest of a file as sha256sum and its kin do.',
  risk: 'read',
  streams: 'none',
  platforms: ['linux', 'win32', 'darwin'],
  params: Type.Object(
    { ...placeParameters, algorithm: Type.Optional(Type.Enum(algorithms, { title: 'Algorithm', description: 'sha1 and md5 only for comparing with old lists: they prove nothing.', default: 'sha256' })) },
    { additionalProperties: false },
  ),
  result: Type.Object(
    {
      algorithm: Type.Enum(algorithms, { title: 'Algorithm', description: 'By which it was computed.' }),
      digest: Type.String({ title: 'Digest', description: 'In hex.' }),
      size: Type.Integer({ title: 'Size', description: 'Bytes that were read.' }),
    },
    { additionalProperties: false },
  ),
  run: (given, context) =>
    withFile(given, async ({ file, stats, shown }) => {
      const { algorithm = 'sha256' } = given;
      const hash = createHash(algorithm);
      const length = lengthOf(stats);
      let size = 0;
      for await (const part of contentOf(file, { from: 0, to: length }, false)) {
        if (context.signal.aborted) return failure('cancelled', shown);
        if (!('bytes' in part)) continue;
        hash.update(part.bytes);
        size += part.bytes.byteLength;
        if (length !== undefined) context.progress((100 * size) / length);
      }
      return success({ algorithm, digest: hash.digest('hex'), size });
    }),
});
