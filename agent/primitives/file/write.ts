/**
 * A file of any size, over a live stream; or a short text, with the directive. It is written beside its place and put there whole, by one
 * rename, when all of it has come and its digest is right: what stood there before is whole until then.
 */
import { Type } from 'typebox';
import { transferId } from '../../../protocol/files/facts.ts';
import { failure, success } from '../../../protocol/outcome.ts';
import { defineAgentPrimitive } from '../agent-primitive.ts';
import { placeParameters } from './place.ts';
import { Reception, Written } from './reception.ts';
import { receivingProcess } from './receiving.ts';
import { writeText } from './write-text.ts';

const params = Type.Object(
  {
    ...placeParameters,
    text: Type.Optional(Type.String({ title: 'Text', description: 'All of the content, for a short file written without a live stream.', format: 'multiline', maxLength: 131_072 })),
    size: Type.Optional(Type.Integer({ title: 'Size', description: 'Length of the content that comes over the live stream, in bytes.', minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
    transferId: Type.Optional(transferId),
    replace: Type.Optional(Type.Boolean({ title: 'Replace', description: 'Whether a file that stands there is replaced.', default: true })),
    makeParents: Type.Optional(Type.Boolean({ title: 'Make directories', description: 'Whether the directories above it are made if they are missing.', default: false })),
    modifiedMs: Type.Optional(Type.Integer({ title: 'Modified', description: 'The time that it gets, milliseconds since 1970. Left out: now.' })),
    mode: Type.Optional(Type.String({ title: 'Mode', description: 'The rights that it gets, as chmod takes them. Left out: those of the file that it replaces, or those of a new one.', pattern: '^0?[0-7]{3,4}$' })),
    ownerId: Type.Optional(Type.Integer({ title: 'Owner', description: 'Number of the user that it shall belong to. Left out: that of the file that it replaces.', minimum: 0 })),
    groupId: Type.Optional(Type.Integer({ title: 'Group', description: 'Number of the group that it shall belong to. Left out: that of the file that it replaces.', minimum: 0 })),
  },
  { additionalProperties: false },
);

export const fileWrite = defineAgentPrimitive({
  name: 'file.write',
  title: 'Write a file',
  description: 'Writes a file: a short text, or over a live stream content of any size (behest put). What stood there is replaced whole, or left as it was.',
  risk: 'control',
  streams: 'live',
  platforms: ['linux', 'win32', 'darwin'],
  params,
  result: Written,
  run: async (given) => {
    if (given.text === undefined) return failure('params-invalid', 'give the text, or use behest put');
    return writeText(given, given.text);
  },
  serve: (given) => {
    const { size, transferId: id } = given;
    if (size === undefined || id === undefined) return failure('params-invalid', 'over a live stream a size and a transfer id are needed');
    return success(async (start) => success(receivingProcess(start, new Reception({ ...given, size, transferId: id }))));
  },
});
