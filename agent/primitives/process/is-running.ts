/**
 * Whether a program runs.
 */
import { Type } from 'typebox';
import { success } from '../../../protocol/outcome.ts';
import { defineAgentPrimitive } from '../agent-primitive.ts';
import { boundedRows, truncatedField } from '../rows.ts';
import { chosenProcesses, processParameter } from './chosen.ts';
import { ProcessRow } from './process-table.ts';

const shown = 100;

export const processIsRunning = defineAgentPrimitive({
  name: 'process.is-running',
  title: 'Is it running?',
  description: 'Whether a program of this name, or the process of this number, runs now.',
  risk: 'read',
  streams: 'none',
  platforms: ['linux', 'win32', 'darwin'],
  params: Type.Object({ process: processParameter }, { additionalProperties: false }),
  result: Type.Object(
    {
      running: Type.Boolean({ title: 'Running', description: 'Whether at least one runs.' }),
      count: Type.Integer({ title: 'How many', description: 'How many run.' }),
      processes: Type.Array(ProcessRow, { title: 'Processes', description: 'Those that run; their share of the processor is the average since each was started.' }),
      truncated: truncatedField,
    },
    { additionalProperties: false },
  ),
  async run({ process }, context) {
    const found = await chosenProcesses(process, context);
    if (!found.ok) return found;
    const { rows, truncated } = boundedRows(found.value.rows, shown);
    return success({ running: found.value.rows.length > 0, count: found.value.rows.length, processes: rows, truncated });
  },
});
