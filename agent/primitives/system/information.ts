/**
 * Hardware and software of the machine, by systeminformation, which is loaded here only and so in the worker only.
 */
import { Type } from 'typebox';
import { failure, success } from '../../../protocol/outcome.ts';
import { defineAgentPrimitive } from '../agent-primitive.ts';
import { gatherers, Information } from './parts.ts';
import type { PartName } from './parts.ts';

const names = Object.keys(gatherers) as PartName[];
const byDefault: readonly PartName[] = ['machine', 'processor', 'memory', 'operatingSystem', 'fileSystems', 'interfaces'];

export const information = defineAgentPrimitive({
  name: 'system.information',
  title: 'System information',
  description: 'Hardware, operating system, disks, network and load of the machine. What the operating system does not tell the agent is left out.',
  risk: 'read',
  streams: 'none',
  platforms: ['linux', 'win32', 'darwin'],
  params: Type.Object(
    {
      parts: Type.Optional(
        Type.Array(Type.Union(names.map((name) => Type.Literal(name))), {
          title: 'Parts',
          description: 'What to gather; fewer parts are faster.',
          default: byDefault,
          minItems: 1,
          uniqueItems: true,
        }),
      ),
    },
    { additionalProperties: false },
  ),
  result: Information,
  async run({ parts = byDefault }, { signal }) {
    const { default: library } = await import('systeminformation');
    const gathered: Partial<Record<PartName, unknown>> = {};
    for (const name of parts) {
      if (signal.aborted) return failure('cancelled', `it was gathering: ${name}`);
      gathered[name] = await gatherers[name](library);
    }
    return success(gathered as Information);
  },
});
