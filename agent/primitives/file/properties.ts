/**
 * What a name stands for: kind, size, times, rights.
 */
import { Type } from 'typebox';
import { FileProperties } from '../../../protocol/files/facts.ts';
import { success } from '../../../protocol/outcome.ts';
import { defineAgentPrimitive } from '../agent-primitive.ts';
import { propertiesOf } from './facts.ts';
import { encoded, lastName } from './names.ts';
import { atPlace, placeParameters } from './place.ts';

export const fileProperties = defineAgentPrimitive({
  name: 'file.properties',
  title: 'Look at a file',
  description: 'Says what a path stands for: kind, size, times, rights, owner. A link is told of as such, not followed.',
  risk: 'read',
  streams: 'none',
  platforms: ['linux', 'win32', 'darwin'],
  params: Type.Object(placeParameters, { additionalProperties: false }),
  result: FileProperties,
  run: (given) => atPlace(given, async ({ at, shown }) => success(await propertiesOf(at, { name: nameOf(given), path: shown }))),
});

/** `/` is its own name. */
function nameOf({ path, pathBytes }: { readonly path: string; readonly pathBytes?: string }): Buffer {
  const exact = pathBytes === undefined ? encoded(path) : Buffer.from(pathBytes, 'base64');
  const name = lastName(trimmed(exact));
  return name.byteLength === 0 ? exact : name;
}

function trimmed(path: Buffer): Buffer {
  let end = path.byteLength;
  while (end > 1 && path[end - 1] === 0x2f) end -= 1;
  return path.subarray(0, end);
}
