/**
 * Another name for a file that a program has open. Where the system lets open files be renamed it is done at once; the others
 * do it at their next start.
 */
import { rename } from 'node:fs/promises';
import { Type } from 'typebox';
import { success } from '../../../protocol/outcome.ts';
import { defineAgentPrimitive } from '../agent-primitive.ts';
import { atBoth, moveParameters } from './move.ts';

export const fileRenameLocked = defineAgentPrimitive({
  name: 'file.rename-locked',
  title: 'Rename a file in use',
  description: 'Renames a file although programs have it open: at once where the system can do that (Linux, macOS), and they keep the old one until they open it again. What stands at the new name is replaced.',
  risk: 'control',
  streams: 'none',
  platforms: ['linux', 'darwin'],
  params: Type.Omit(moveParameters, ['replace'], { additionalProperties: false }),
  result: Type.Object({ when: Type.Enum(['now', 'at-next-start'], { title: 'When', description: 'Whether it is done, or will be when the machine starts the next time.' }) }, { additionalProperties: false }),
  run: (given) =>
    atBoth(given, async (from, to) => {
      await rename(from.at, to.at);
      return success({ when: 'now' as const });
    }),
});
