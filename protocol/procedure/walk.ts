/**
 * The way through a procedure, as values: where it stands and how a deed ended give where it stands next and what to start.
 * It is plain JSON, so that it can be written down before each deed and taken up after a restart. Every way has an end.
 */
import { limits } from '../limits.ts';
import { failure, success } from '../outcome.ts';
import type { Failure, Outcome } from '../outcome.ts';
import { evaluate, holds } from './evaluate.ts';
import type { Scope } from './evaluate.ts';
import { parseExpression } from './expression.ts';
import type { Deed, DeedStep, ParallelStep, Procedure, Step } from './procedure.ts';
import { recordOf } from './stand.ts';
import type { StepRecord, Walk } from './stand.ts';
import { fill } from './template.ts';

/** What does not change on the way, and the moment, wall time. */
export type Course = { readonly procedure: Procedure; readonly parameters: Scope; readonly variables: Scope; readonly nowMs: number };

/** A deed to begin, its parameters filled in. `number` is another for each deed of one run. */
export type Start = { readonly step: string; readonly number: number; readonly primitive: string; readonly params: Readonly<Record<string, unknown>>; readonly timeLimitSeconds?: number | undefined };

export type Move = { readonly walk: Walk; readonly starts: readonly Start[] };

/** How a deed ended. */
export type DeedEnd = { readonly ok: true; readonly result?: unknown } | (Failure & { readonly result?: unknown });

export function begin(course: Course): Move {
  return enter(course, { at: '', running: [], jumps: 0, deeds: 0, steps: {} }, 0);
}

/** Where it goes on after the deed of `name` has ended. */
export function after(course: Course, walk: Walk, name: string, end: DeedEnd): Move {
  const step = stepAt(course, walk.at);
  const next = ended(course, walk, name, end);
  if (next.running.length > 0) return { walk: next, starts: [] };
  if ('parallel' in step) return leave(course, closed(course, next, step));
  const round = end.ok && 'run' in step ? nextRound(course, next, step) : undefined;
  return round ?? leave(course, next);
}

/** The end of a deed noted, and nothing else: for a way that is not gone on with. */
export function ended(course: Course, walk: Walk, name: string, end: DeedEnd): Walk {
  const rest = { ...walk, running: walk.running.filter((each) => each !== name) };
  return noted(rest, name, { ...recordBefore(walk, name), ...recordOfEnd(end), endedAtMs: course.nowMs });
}

/** The step that was under way once more: after a restart, where it is repeatable. */
export function again(course: Course, walk: Walk): Move {
  const step = stepAt(course, walk.at);
  if (!('run' in step) || walk.running.length === 0) return { walk, starts: [] };
  const started = start(course, { ...walk, running: [] }, step);
  return started.starts.length > 0 ? started : leave(course, started.walk);
}

/** From step to step until one has something to do, or none is left. */
function enter(course: Course, from: Walk, index: number): Move {
  let walk = from;
  for (let at: number | undefined = index; at !== undefined; ) {
    const step = course.procedure.steps[at];
    if (step === undefined) return { walk: { ...walk, end: { ok: true } }, starts: [] };
    const opened = open(course, { ...withoutLoop(walk), at: step.name }, step);
    if (opened.starts.length > 0) return opened;
    const next = onwards(course, opened.walk);
    walk = next.walk;
    at = next.index;
  }
  return { walk, starts: [] };
}

function leave(course: Course, walk: Walk): Move {
  const next = onwards(course, walk);
  return next.index === undefined ? { walk: next.walk, starts: [] } : enter(course, next.walk, next.index);
}

/** The index of the step after the one in hand, which has ended; none where the procedure has. */
function onwards(course: Course, walk: Walk): { readonly walk: Walk; readonly index?: number } {
  const { steps } = course.procedure;
  const index = steps.findIndex(({ name }) => name === walk.at);
  const step = stepAt(course, walk.at);
  const { state, code = 'internal', detail = '' } = recordOf(walk, walk.at) ?? {};
  const onError = step.onError ?? 'stop';
  if (state === 'failed' && typeof onError === 'string' && onError !== 'continue') return { walk: { ...walk, end: { ...failure(code, detail), step: walk.at } } };
  const target = state === 'failed' && typeof onError === 'object' ? onError.goTo : state === 'succeeded' ? step.goTo : undefined;
  if (target === undefined) return { walk, index: index + 1 };
  const jumps = walk.jumps + 1;
  if (jumps > limits.maxProcedureJumps) return { walk: { ...walk, end: { ...failure('procedure-endless', `${limits.maxProcedureJumps} times it went to another step than the next`), step: walk.at } } };
  return { walk: { ...walk, jumps }, index: steps.findIndex(({ name }) => name === target) };
}

function open(course: Course, walk: Walk, step: Step): Move {
  if (!isWanted(course, walk, step.when)) return over(course, walk, step.name, { state: 'left-out' });
  if ('parallel' in step) return openBranches(course, walk, step);
  if (!('run' in step)) return over(course, walk, step.name, { state: 'failed', code: 'not-supported', detail: 'questions cannot be put yet' });
  return step.forEach === undefined ? start(course, walk, step) : openLoop(course, walk, step, step.forEach);
}

function openLoop(course: Course, walk: Walk, step: DeedStep, { items: text, atMost }: NonNullable<DeedStep['forEach']>): Move {
  const expression = parseExpression(text);
  const items = expression.ok ? evaluate(expression.value, scopeOf(course, walk)) : undefined;
  if (!Array.isArray(items)) return over(course, walk, step.name, { state: 'failed', code: 'procedure-invalid', detail: `${text} is not a list` });
  if (items.length > atMost) return over(course, walk, step.name, { state: 'failed', code: 'procedure-invalid', detail: `${text} has ${items.length} elements, ${atMost} are allowed` });
  if (items.length === 0) return over(course, walk, step.name, { state: 'succeeded', rounds: 0 });
  return start(course, { ...walk, loop: { items, round: 0 } }, step);
}

function nextRound(course: Course, walk: Walk, step: DeedStep): Move | undefined {
  const { loop } = walk;
  if (loop === undefined || loop.round + 1 >= loop.items.length) return undefined;
  const started = start(course, { ...walk, loop: { ...loop, round: loop.round + 1 } }, step);
  return started.starts.length > 0 ? started : leave(course, started.walk);
}

function openBranches(course: Course, walk: Walk, step: ParallelStep): Move {
  const begun = noted(walk, step.name, { state: 'running', startedAtMs: course.nowMs });
  const opened = step.parallel.reduce<Move>(
    (move, branch) => {
      const one = isWanted(course, begun, branch.when) ? start(course, move.walk, { ...branch, timeLimitSeconds: shorter(step.timeLimitSeconds, branch.timeLimitSeconds) }) : over(course, move.walk, branch.name, { state: 'left-out' });
      return { walk: one.walk, starts: [...move.starts, ...one.starts] };
    },
    { walk: begun, starts: [] },
  );
  return opened.starts.length > 0 ? opened : { walk: closed(course, opened.walk, step), starts: [] };
}

/** Those side by side begin together, so the limit of the step around them is one of each. */
function shorter(left: number | undefined, right: number | undefined): number | undefined {
  return left === undefined || right === undefined ? left ?? right : Math.min(left, right);
}

/** The step around those side by side, when they have all ended. */
function closed(course: Course, walk: Walk, { name, parallel }: ParallelStep): Walk {
  const failed = parallel.find((branch) => recordOf(walk, branch.name)?.state === 'failed');
  const { code = 'internal', detail = '' } = failed === undefined ? {} : recordOf(walk, failed.name) ?? {};
  const startedAtMs = recordOf(walk, name)?.startedAtMs ?? course.nowMs;
  const times = { startedAtMs, endedAtMs: course.nowMs };
  return noted(walk, name, failed === undefined ? { state: 'succeeded', ...times } : { state: 'failed', code, detail: `${failed.name}: ${detail}`, ...times });
}

type NamedDeed = { readonly name: string; readonly run: Deed; readonly timeLimitSeconds?: number | undefined };

/** Begins a deed, or says in its record why it cannot be begun. */
function start(course: Course, walk: Walk, { name, run, timeLimitSeconds }: NamedDeed): Move {
  const params = paramsOf(course, walk, run);
  const rounds = walk.loop === undefined ? {} : { rounds: walk.loop.round + 1 };
  if (!params.ok) return over(course, walk, name, { state: 'failed', code: params.code, detail: params.detail, ...rounds });
  const number = walk.deeds + 1;
  const begun = noted({ ...walk, deeds: number, running: [...walk.running, name] }, name, { state: 'running', ...rounds, startedAtMs: firstStart(walk, name) ?? course.nowMs });
  return { walk: begun, starts: [{ step: name, number, primitive: run.primitive, params: params.value, timeLimitSeconds }] };
}

/** A loop began with its first round. */
function firstStart({ loop, steps }: Walk, name: string): number | undefined {
  return loop !== undefined && loop.round > 0 ? recordOf({ steps }, name)?.startedAtMs : undefined;
}

function paramsOf(course: Course, walk: Walk, { params = {} }: Deed): Outcome<Readonly<Record<string, unknown>>> {
  if (walk.deeds >= limits.maxProcedureDeeds) return failure('procedure-endless', `${limits.maxProcedureDeeds} primitives have been called`);
  const filled = fill(params, scopeOf(course, walk));
  return filled.ok ? success(filled.value as Record<string, unknown>) : filled;
}

function scopeOf({ procedure, parameters, variables }: Course, { at, loop, steps }: Walk): Scope {
  const step = procedure.steps.find(({ name }) => name === at);
  const named = loop !== undefined && step !== undefined && 'run' in step && step.forEach !== undefined ? { [step.forEach.as]: loop.items[loop.round] } : {};
  return { parameters, variables, steps, ...named };
}

function isWanted(course: Course, walk: Walk, when: string | undefined): boolean {
  if (when === undefined) return true;
  const condition = parseExpression(when);
  return condition.ok && holds(evaluate(condition.value, scopeOf(course, walk)));
}

function over({ nowMs }: Course, walk: Walk, name: string, record: StepRecord): Move {
  return { walk: noted(walk, name, { ...record, endedAtMs: nowMs }), starts: [] };
}

/** What stays of the record when its deed ends. */
function recordBefore(walk: Walk, name: string): Pick<StepRecord, 'rounds' | 'startedAtMs'> {
  const { rounds, startedAtMs } = recordOf(walk, name) ?? {};
  return { ...(rounds === undefined ? {} : { rounds }), ...(startedAtMs === undefined ? {} : { startedAtMs }) };
}

function recordOfEnd(end: DeedEnd): StepRecord {
  const base = end.ok ? { state: 'succeeded' as const } : { state: 'failed' as const, code: end.code, detail: end.detail };
  if (end.result === undefined) return base;
  return JSON.stringify(end.result).length > limits.maxVariableBytes ? { ...base, resultLeftOut: true } : { ...base, result: end.result };
}

function noted(walk: Walk, name: string, record: StepRecord): Walk {
  return { ...walk, steps: { ...walk.steps, [name]: record } };
}

function withoutLoop(walk: Walk): Walk {
  const { loop: _, ...rest } = walk;
  return rest;
}

function stepAt({ procedure }: Course, name: string): Step {
  const step = procedure.steps.find((each) => each.name === name);
  if (step === undefined) throw new Error(`the procedure has no step ${name}`);
  return step;
}
