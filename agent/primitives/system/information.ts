/**
 * Hardware and software of the machine, by systeminformation, which is loaded here only and so in the worker only.
 */
import { Type } from 'typebox';
import { success } from '../../../protocol/outcome.ts';
import { defineAgentPrimitive } from '../agent-primitive.ts';

const parts = ['system', 'bios', 'baseboard', 'cpu', 'mem', 'osInfo', 'diskLayout', 'fsSize', 'networkInterfaces', 'graphics', 'battery', 'users', 'currentLoad', 'time'] as const;
type Part = (typeof parts)[number];

export const information = defineAgentPrimitive({
  name: 'system.information',
  title: 'System information',
  description: 'Hardware, operating system, disks, network and load of the machine. What the operating system does not tell the agent is left empty.',
  risk: 'read',
  streams: 'none',
  platforms: ['linux', 'win32', 'darwin'],
  params: Type.Object(
    {
      parts: Type.Optional(
        Type.Array(Type.Union(parts.map((part) => Type.Literal(part))), {
          title: 'Parts',
          description: 'What to gather; fewer parts are faster.',
          default: ['system', 'cpu', 'mem', 'osInfo', 'fsSize', 'networkInterfaces'],
          minItems: 1,
          uniqueItems: true,
        }),
      ),
    },
    { additionalProperties: false },
  ),
  result: Type.Record(Type.String(), Type.Unknown(), { description: 'One property for each part that was asked for, as systeminformation names its fields. Sizes are bytes.' }),
  run: async (params) => {
    const { default: system } = await import('systeminformation');
    const wanted: readonly Part[] = params.parts ?? ['system', 'cpu', 'mem', 'osInfo', 'fsSize', 'networkInterfaces'];
    const gathered: Record<string, unknown> = {};
    for (const part of wanted) gathered[part] = part === 'time' ? system.time() : await system[part]();
    return success(plain(gathered));
  },
});

/** As it crosses: JSON, without what JSON does not have. */
function plain(value: Record<string, unknown>): Record<string, unknown> {
  return JSON.parse(JSON.stringify(value));
}
