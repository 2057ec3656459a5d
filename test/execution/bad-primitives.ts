/**
 * Primitives that misbehave, for the tests of the worker pool.
 */
import { spawn } from 'node:child_process';
import type { PrimitiveContext, RunOutcome } from '../../protocol/primitive.ts';
import { failure, success } from '../../protocol/outcome.ts';
import { findPrimitive as findGood } from '../../agent/primitives/registry.ts';
import { environmentOf } from '../../agent/execution/children.ts';

const deeds: Record<string, (params: never, context: PrimitiveContext) => Promise<RunOutcome<unknown>>> = {
  'bad.throw': () => Promise.reject(new Error('broken on purpose')),
  'bad.crash': () => new Promise(() => setImmediate(() => {
    throw new Error('uncaught on purpose');
  })),
  'bad.exit': async () => process.exit(7),
  'bad.orphan': () => new Promise(() => {
    const child = spawn('sleep', ['300'], { env: environmentOf({ file: '', args: [] }, orphanMark), detached: true, stdio: 'ignore' });
    child.once('spawn', () => setImmediate(() => process.exit(7)));
  }),
  'bad.wait': (_, context) => {
    context.progress(0);
    return new Promise((resolve) => context.signal.addEventListener('abort', () => resolve(failure('cancelled', 'asked to'))));
  },
  'bad.progress': async (_, context) => {
    context.progress(25, 'a quarter');
    context.progress(100);
    return success(null);
  },
};

export const orphanMark = 'f00df00df00df00df00df00df00df00d';

export function findPrimitive(name: string) {
  const run = deeds[name];
  return run === undefined ? findGood(name) : { run };
}
