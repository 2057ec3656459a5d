/**
 * What the execution tests share: an executor with real threads, and waiting for what must come true.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Type } from 'typebox';
import { Executor } from '../../agent/execution/executor.ts';
import type { Ending } from '../../agent/execution/ending.ts';
import { LiveRuns } from '../../agent/execution/live-runs.ts';
import { Spawner } from '../../agent/execution/spawner/client.ts';
import { WorkerPool } from '../../agent/execution/pool.ts';
import type { AgentPrimitive } from '../../agent/primitives/agent-primitive.ts';
import { describeAll, findPrimitive as findOwn } from '../../agent/primitives/registry.ts';
import { systemClock } from '../../protocol/clock.ts';
import { failure, success } from '../../protocol/outcome.ts';
import type { Failure } from '../../protocol/outcome.ts';

export const badPrimitives = new URL('bad-primitives.ts', import.meta.url).href;

for (const { name } of await describeAll()) await findOwn(name);

export type Workshop = {
  executor: Executor;
  pool: WorkerPool;
  spawner: Spawner;
  live: LiveRuns;
  run(primitive: string, params: Record<string, unknown>, more?: RunMore): Promise<{ ending: Ending; stdout: Buffer; stderr: Buffer }>;
};

export type RunMore = { id?: string; timeoutMs?: number; reserved?: boolean; started?: () => void; marked?: Failure; output?: (channel: string, chunk: Uint8Array) => Promise<void> | void; progress?: (percent: number, note?: string) => void };

/** An executor with threads of its own; `end` must be called. */
export function makeWorkshop(options: { workerIdleMs?: number; concurrentRuns?: number; primitivesModule?: string; stateFolder?: string; tasksPerWorker?: number } = {}): Workshop {
  const pool = new WorkerPool({ maxWorkers: 2, tasksPerWorker: options.tasksPerWorker ?? 32, workerIdleMs: options.workerIdleMs ?? 30_000 });
  const spawner = new Spawner({ clock: systemClock, idleMs: options.workerIdleMs ?? 30_000 });
  const live = new LiveRuns({ clock: systemClock, spawner, answer: async () => failure('internal', 'no streams here') });
  const executor = new Executor({ ...options, clock: systemClock, pool, live, spawner });
  const run: Workshop['run'] = async (name, params, more = {}) => {
    const parts: Record<string, Uint8Array[]> = { stdout: [], stderr: [] };
    const ending = await executor.run({ id: more.id ?? newId(), params, timeoutMs: more.timeoutMs ?? 20_000, reserved: more.reserved ?? false }, findPrimitive(name), {
      onStarted: () => {
        more.started?.();
        return more.marked === undefined ? undefined : Promise.resolve(more.marked);
      },
      onOutput: (channel, chunk) => {
        parts[channel]?.push(chunk);
        return more.output?.(channel, chunk);
      },
      onProgress: (percent, note) => more.progress?.(percent, note),
    });
    return { ending, stdout: Buffer.concat(parts['stdout'] ?? []), stderr: Buffer.concat(parts['stderr'] ?? []) };
  };
  return { executor, pool, spawner, live, run };
}

export function newId(): string {
  return randomBytes(16).toString('hex');
}

/** At once, since all are loaded. */
function findPrimitive(name: string): AgentPrimitive {
  const found = findOwn(name);
  return found === undefined || found instanceof Promise ? stand(name) : found;
}

/** A primitive that exists in the worker's module only. */
function stand(name: string): AgentPrimitive {
  return { name, title: name, description: name, risk: 'read', streams: 'none', platforms: ['linux'], params: Type.Unknown(), result: Type.Unknown(), run: async () => success(null) };
}

/** Waits until `come` is true, looking every few milliseconds, and fails with `what` after `withinMs`. */
export async function until(come: () => boolean | Promise<boolean>, what: string, withinMs = 60_000): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await come())) {
    if (performance.now() > deadline) throw new Error(`waited ${withinMs} ms for ${what}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
  }
}

/** Whether a process runs; a zombie does not. */
export function isRunning(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) !== 'Z';
  } catch {
    return false;
  }
}
