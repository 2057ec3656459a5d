/**
 * What runs in a worker thread: one primitive by name. It answers through the run's port only.
 */
import { failure } from '../../protocol/outcome.ts';
import type { RunOutcome } from '../../protocol/primitive.ts';
import type { AgentPrimitive } from '../primitives/agent-primitive.ts';
import type { WorkerTask } from './run-port.ts';
import { WorkerContext } from './worker-context.ts';

type PrimitiveModule = { readonly findPrimitive: (name: string) => AgentPrimitive | undefined | Promise<AgentPrimitive | undefined> };

/** Called by the pool for each task. */
export default async function runTask(task: WorkerTask): Promise<void> {
  const context = new WorkerContext(task);
  const outcome = await runPrimitive(task, context);
  context.end({ type: 'ended', outcome, output: context.summaries });
}

async function runPrimitive(task: WorkerTask, context: WorkerContext): Promise<RunOutcome<unknown>> {
  try {
    const module: PrimitiveModule = await import(task.module);
    const primitive = await module.findPrimitive(task.primitive);
    if (primitive?.run === undefined) return failure('primitive-unknown', task.primitive);
    return await primitive.run(task.params, context);
  } catch (error) {
    return failure('primitive-crashed', error instanceof Error ? error.message : String(error));
  }
}
