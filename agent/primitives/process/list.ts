/**
 * What runs on the machine.
 */
import { Type } from 'typebox';
import { success } from '../../../protocol/outcome.ts';
import { defineAgentPrimitive } from '../agent-primitive.ts';
import { text } from '../parameters.ts';
import { boundedRows, mostRows, truncatedField } from '../rows.ts';
import { ProcessRow, processTable } from './process-table.ts';

const orders = {
  cpu: (left, right) => right.cpuPercent - left.cpuPercent || right.memoryBytes - left.memoryBytes,
  memory: (left, right) => right.memoryBytes - left.memoryBytes,
  started: (left, right) => right.startedAtMs - left.startedAtMs,
  name: (left, right) => left.name.localeCompare(right.name) || left.pid - right.pid,
  number: (left, right) => left.pid - right.pid,
} satisfies Record<string, (left: ProcessRow, right: ProcessRow) => number>;
type Order = keyof typeof orders;
const orderNames = ['cpu', 'memory', 'started', 'name', 'number'] as const satisfies readonly Order[];

export const processList = defineAgentPrimitive({
  name: 'process.list',
  title: 'List processes',
  description: 'What runs on the machine, the busiest first, with the share of a processor core that each takes at this moment.',
  risk: 'read',
  streams: 'none',
  platforms: ['linux', 'win32', 'darwin'],
  params: Type.Object(
    {
      contains: Type.Optional(text('Contains', 'Only those with this in their name, user or command line; capital or small letters.', 256)),
      sortBy: Type.Optional(Type.Enum(orderNames, { title: 'Sort by', description: 'cpu and memory: most first; started: newest first.', default: 'cpu' })),
      most: mostRows(500),
      measureMs: Type.Optional(Type.Integer({ title: 'Measure for', description: 'How long the use of the processor is measured. 0: the average since each was started.', default: 500, minimum: 0, maximum: 10_000 })),
    },
    { additionalProperties: false },
  ),
  result: Type.Object(
    {
      processes: Type.Array(ProcessRow, { title: 'Processes', description: 'In the order that was asked for.' }),
      total: Type.Integer({ title: 'On the machine', description: 'All processes of the machine.' }),
      truncated: truncatedField,
    },
    { additionalProperties: false },
  ),
  async run({ contains = '', sortBy = 'cpu', most = 500, measureMs = 500 }, context) {
    const listed = await processTable.list(context, measureMs);
    if (!listed.ok) return listed;
    const wanted = contains.toLowerCase();
    const fitting = listed.value.rows.filter(({ name, user, commandLine }) => wanted === '' || `${name}\n${user}\n${commandLine}`.toLowerCase().includes(wanted));
    const { rows, truncated } = boundedRows(fitting.sort(orders[sortBy]), most);
    return success({ processes: rows, total: listed.value.total, truncated: truncated || listed.value.rows.length < listed.value.total });
  },
});
