/**
 * What the tests of running procedures share: the real runner over a real executor, with a journal in memory.
 */
import { readFileSync } from 'node:fs';
import type { ExecutionContext } from 'ava';
import { parse } from 'yaml';
import { runProcedure } from '../../agent/procedures/runner.ts';
import type { AgentPrimitive } from '../../agent/primitives/agent-primitive.ts';
import { describeAll, findPrimitive } from '../../agent/primitives/registry.ts';
import type { Stand } from '../../agent/trust/trust.ts';
import { systemClock } from '../../protocol/clock.ts';
import { failure, success } from '../../protocol/outcome.ts';
import type { Failure } from '../../protocol/outcome.ts';
import { readProcedure } from '../../protocol/procedure/check.ts';
import type { Procedure } from '../../protocol/procedure/procedure.ts';
import type { ProcedureResult } from '../../protocol/procedure/run.ts';
import { makeWorkshop, newId } from '../execution/support.ts';

const known = new Map((await describeAll()).map((primitive) => [primitive.name, primitive]));

/** A shipped procedure, checked against the agent's own primitives. */
export function shipped(name: string): Procedure {
  return checked(parse(readFileSync(new URL(`../../procedures/${name}.yaml`, import.meta.url), 'utf8')));
}

export function checked(value: unknown): Procedure {
  const read = readProcedure(value, (name) => known.get(name));
  if ('faults' in read) throw new Error(JSON.stringify(read.faults));
  return read.procedure;
}

export type Ran = {
  readonly ok: boolean;
  readonly code?: string;
  readonly detail?: string;
  /** State of each step, by name. */
  readonly states: Readonly<Record<string, string>>;
  readonly result: ProcedureResult | undefined;
  readonly output: string;
  readonly notes: readonly string[];
};

export type RunWith = {
  readonly signal?: AbortSignal;
  /** Where it stands already. */
  readonly stand?: Stand;
  /** Called with each stand that is written; a failure keeps it from being. */
  readonly written?: (stand: Stand) => Failure | undefined;
  /** Primitives that the signer may not use. */
  readonly denied?: readonly string[];
  readonly directiveId?: string;
  readonly output?: (text: string) => void;
};

export type Runner = (procedure: Procedure, values?: Record<string, unknown>, more?: RunWith) => Promise<Ran>;

/** `concurrentRuns` places in the executor. */
export function makeRunner(t: Pick<ExecutionContext, 'teardown'>, concurrentRuns = 8): Runner {
  const { executor } = makeWorkshop({ concurrentRuns });
  t.teardown(() => executor.stop());
  return async (procedure, values = {}, more = {}) => {
    const directiveId = more.directiveId ?? newId();
    const parts: string[] = [];
    const notes: string[] = [];
    const context = {
      signal: more.signal ?? new AbortController().signal,
      directiveId,
      output: async (_channel: string, chunk: Uint8Array) => {
        parts.push(Buffer.from(chunk).toString());
        more.output?.(parts.join(''));
      },
      progress: (_percent: number, note?: string) => void notes.push(note ?? ''),
    };
    let stand = more.stand;
    const trust = {
      procedures: {
        read: () => stand,
        write: async (_id: string, next: Stand, before: Stand['walk'] | undefined) => {
          if (before !== stand?.walk) throw new Error('what was written last is another');
          const failed = more.written?.(next);
          if (failed !== undefined) return failed;
          stand = next;
          return success(undefined);
        },
      },
      permitsStep: (_id: string, { name }: Pick<AgentPrimitive, 'name'>) => (more.denied?.includes(name) === true ? failure('primitive-denied', name) : success(undefined)),
    };
    const outcome = await runProcedure({ procedure, values }, context, { clock: systemClock, executor, find: findPrimitive, trust });
    const result = outcome.ok ? outcome.value : 'result' in outcome ? outcome.result : undefined;
    const states = Object.fromEntries((result?.steps ?? []).map(({ name, state }) => [name, state]));
    return { ok: outcome.ok, ...(outcome.ok ? {} : { code: outcome.code, detail: outcome.detail }), states, result, output: parts.join(''), notes };
  };
}
