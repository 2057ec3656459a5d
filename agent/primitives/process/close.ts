/**
 * Closes a program: asked first, and ended when it does not heed. Neither the agent nor the first process of the machine.
 */
import { setTimeout } from 'node:timers/promises';
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { failure, success } from '../../../protocol/outcome.ts';
import type { RunOutcome } from '../../../protocol/primitive.ts';
import { defineAgentPrimitive } from '../agent-primitive.ts';
import { boundedRows, truncatedField } from '../rows.ts';
import { chosenProcesses, processParameter } from './chosen.ts';
import { processTable } from './process-table.ts';
import type { ProcessContext, ProcessRow } from './process-table.ts';

const ways = ['politely', 'by force', 'spared', 'not permitted', 'still running'] as const;
type Way = (typeof ways)[number];

const Closed = Type.Object(
  {
    pid: Type.Integer({ title: 'Number', description: 'Process number.' }),
    name: Type.String({ title: 'Name', description: 'Name of the program.' }),
    ended: Type.Enum(ways, { title: 'Ended', description: 'How it ended: politely, when it was asked; by force, when it did not heed. Spared: the agent itself, and the first process of the machine. Still running: it waits for a disk or device, and no signal reaches it.' }),
    afterMs: Type.Integer({ title: 'After', description: 'How long it took.' }),
  },
  { additionalProperties: false },
);
type Closed = Static<typeof Closed>;

const Result = Type.Object({ processes: Type.Array(Closed, { title: 'Processes', description: 'What became of each.' }), truncated: truncatedField }, { additionalProperties: false });
type Result = Static<typeof Result>;

const params = Type.Object(
  {
    process: processParameter,
    graceSeconds: Type.Optional(Type.Integer({ title: 'Time to heed', description: 'How long it may take to close by itself before it is ended by force. 0: by force at once.', default: 10, minimum: 0, maximum: 3600 })),
    byForce: Type.Optional(Type.Boolean({ title: 'By force', description: 'End by force what does not heed. Off: it is left running.', default: true })),
    startedAtMs: Type.Optional(Type.Integer({ title: 'Started', description: 'When the process of this number was started, as process.list says: if another has its number by now, nothing is closed.', minimum: 0 })),
  },
  { additionalProperties: false },
);

export const processClose = defineAgentPrimitive({
  name: 'process.close',
  title: 'Close a program',
  description: 'Asks a program to close, and ends it by force when it has not heeded in time. By number, or all of one name; says how each ended.',
  risk: 'disrupt',
  streams: 'none',
  platforms: ['linux', 'win32', 'darwin'],
  params,
  result: Result,
  run: close,
});

async function close({ process: chosen, graceSeconds = 10, byForce = true, startedAtMs }: Static<typeof params>, context: ProcessContext): Promise<RunOutcome<Result>> {
  const found = await chosenProcesses(chosen, context);
  if (!found.ok) return found;
  const { rows, own } = found.value;
  if (rows.length === 0) return failure('not-found', `no process ${chosen} runs`);
  if (startedAtMs !== undefined && rows.some((row) => row.startedAtMs !== startedAtMs)) return failure('changed-meanwhile', `process ${chosen} is another one by now`);
  const manner = { graceMs: graceSeconds * 1000, byForce };
  const ends = await Promise.all(rows.map((row) => (row.pid === 1 || own.has(row.pid) ? spared(row) : closeOne(row, manner, context))));
  return judge(ends);
}

/** All that could be closed must have been; what was spared among others of its name is no failure. */
function judge(ends: readonly Closed[]): RunOutcome<Result> {
  const { rows: processes, truncated } = boundedRows(ends, ends.length);
  const result = { processes, truncated };
  const number = (way: Way): number => ends.filter(({ ended }) => ended === way).length;
  if (number('not permitted') > 0) return { ...failure('not-permitted', `${number('not permitted')} of ${ends.length} may not be ended by the agent`), result };
  if (number('still running') > 0) return { ...failure('busy', `${number('still running')} of ${ends.length} still run`), result };
  if (number('spared') === ends.length) return { ...failure('not-permitted', 'the agent does not close itself or the first process of the machine'), result };
  return success(result);
}

function spared({ pid, name }: ProcessRow): Closed {
  return { pid, name, ended: 'spared', afterMs: 0 };
}

type Manner = { readonly graceMs: number; readonly byForce: boolean };

async function closeOne(row: ProcessRow, { graceMs, byForce }: Manner, context: ProcessContext): Promise<Closed> {
  const began = performance.now();
  const closed = (ended: Way): Closed => ({ pid: row.pid, name: row.name, ended, afterMs: Math.round(performance.now() - began) });
  if (graceMs > 0) {
    const asked = await processTable.end(row, 'politely');
    if (!asked.ok) return closed('not permitted');
    if (await endsWithin(row, graceMs, context)) return closed('politely');
  }
  if (!byForce || context.signal.aborted) return closed('still running');
  // whoever has the number by now is not the one that was meant
  if (!(await processTable.stillRuns(row, context))) return closed('politely');
  const ended = await processTable.end(row, 'by force');
  if (!ended.ok) return closed('not permitted');
  return closed((await endsWithin(row, forceMs, context)) ? 'by force' : 'still running');
}

/** After the last signal only a wait in the kernel keeps a process. */
const forceMs = 5000;
const lookEveryMs = 25;

async function endsWithin(row: ProcessRow, ms: number, context: ProcessContext): Promise<boolean> {
  for (const deadline = performance.now() + ms; ;) {
    if (!(await processTable.stillRuns(row, context))) return true;
    if (performance.now() >= deadline || context.signal.aborted) return false;
    await setTimeout(lookEveryMs);
  }
}
