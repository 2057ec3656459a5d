/**
 * Procedures: carries one out on this machine. Each step runs as a directive does, under an id that leads back to the
 * procedure's; what is to be begun is judged by the newest policy and written down first. No connection is needed.
 */
import type { Clock } from '../../protocol/clock.ts';
import { formOf } from '../../protocol/form.ts';
import { limits } from '../../protocol/limits.ts';
import { failure, success } from '../../protocol/outcome.ts';
import type { Failure, Outcome } from '../../protocol/outcome.ts';
import type { PrimitiveContext, RunOutcome } from '../../protocol/primitive.ts';
import { namesOf } from '../../protocol/procedure/steps.ts';
import type { Procedure } from '../../protocol/procedure/procedure.ts';
import { resultOf } from '../../protocol/procedure/result.ts';
import { valuesOf } from '../../protocol/procedure/run.ts';
import type { ProcedureResult, ProcedureRun } from '../../protocol/procedure/run.ts';
import { recordOf } from '../../protocol/procedure/stand.ts';
import { after, again, begin, ended } from '../../protocol/procedure/walk.ts';
import type { Walk } from '../../protocol/procedure/stand.ts';
import type { Course, DeedEnd, Move, Start } from '../../protocol/procedure/walk.ts';
import type { Ending } from '../execution/ending.ts';
import type { Executor } from '../execution/executor.ts';
import { stepMark } from '../execution/process-tree.ts';
import type { AgentPrimitive } from '../primitives/agent-primitive.ts';
import type { Trust } from '../trust/trust.ts';

export type ProceduresOptions = {
  readonly clock: Clock;
  readonly executor: Pick<Executor, 'run' | 'cancel'>;
  readonly find: (name: string) => AgentPrimitive | undefined | Promise<AgentPrimitive | undefined>;
  readonly trust: Pick<Trust, 'procedures' | 'permitsStep'>;
};

type Ended = { readonly step: string; readonly end: DeedEnd };
type Variables = Readonly<Record<string, string>>;
type Asked = { readonly primitive: string; readonly params: Readonly<Record<string, unknown>>; readonly timeLimitSeconds?: number | undefined };

/** Runs the procedure of the directive that `context` names to its end, from where it stands. */
export async function runProcedure(asked: ProcedureRun, context: PrimitiveContext, options: ProceduresOptions): Promise<RunOutcome<ProcedureResult>> {
  const parameters = valuesOf(asked.procedure, asked.values ?? {});
  return parameters.ok ? new Run(asked.procedure, context, options).toEnd(parameters.value) : parameters;
}

class Run {
  readonly #procedure: Procedure;
  readonly #context: PrimitiveContext;
  readonly #options: ProceduresOptions;
  readonly #underWay = new Map<string, Promise<Ended>>();
  /** Ends what is under way and begins nothing more; the reason is a failure, or that of the run's own signal. */
  readonly #stop = new AbortController();
  /** What was written last. */
  #written: Walk | undefined;

  constructor(procedure: Procedure, context: PrimitiveContext, options: ProceduresOptions) {
    this.#procedure = procedure;
    this.#context = context;
    this.#options = options;
  }

  async toEnd(parameters: Readonly<Record<string, unknown>>): Promise<RunOutcome<ProcedureResult>> {
    const { signal } = this.#context;
    signal.addEventListener('abort', () => this.#stop.abort());
    if (signal.aborted) this.#stop.abort();
    const { timeLimitSeconds } = this.#procedure;
    const limit = timeLimitSeconds === undefined ? undefined : this.#options.clock.after(timeLimitSeconds * 1000, () => this.#stop.abort(failure('time-limit', `${timeLimitSeconds} s for the whole procedure`)));
    const outcome = await this.#run(parameters);
    limit?.cancel();
    return outcome;
  }

  async #run(parameters: Readonly<Record<string, unknown>>): Promise<RunOutcome<ProcedureResult>> {
    const stand = this.#options.trust.procedures.read(this.#context.directiveId);
    this.#written = stand?.walk;
    const found = stand === undefined ? await this.#lookUp() : success(stand.variables);
    if (!found.ok) return found;
    const variables = found.value;
    const course = (): Course => ({ procedure: this.#procedure, parameters, variables, nowMs: this.#options.clock.now() });
    let { walk } = await this.#take(stand === undefined ? begin(course()) : again(course(), stand.walk), variables);
    while (this.#underWay.size > 0) {
      const { step, end } = await Promise.race(this.#underWay.values());
      this.#underWay.delete(step);
      if (this.#stop.signal.aborted) walk = ended(course(), walk, step, end);
      else ({ walk } = await this.#take(after(course(), walk, step, end), variables));
    }
    return this.#outcome(walk);
  }

  /** Writes the move down and begins what it says. What cannot be written is not begun, nor anything else. */
  async #take(move: Move, variables: Variables): Promise<Move> {
    const { walk, starts } = move;
    const written = await this.#options.trust.procedures.write(this.#context.directiveId, { variables, walk }, this.#written);
    if (!written.ok) this.#stop.abort(written);
    else this.#written = walk;
    if (this.#stop.signal.aborted) return move;
    this.#say(walk, starts);
    for (const start of starts) this.#underWay.set(start.step, this.#deed(String(start.number), start, walk).then((end) => ({ step: start.step, end })));
    return move;
  }

  /** One primitive from its permission to its end. `suffix` makes its id one of its own. */
  async #deed(suffix: string, { primitive: name, params, timeLimitSeconds }: Asked, walk?: Walk): Promise<DeedEnd> {
    const ready = await this.#ready(name, params);
    if (!ready.ok) return ready;
    const id = `${this.#context.directiveId}${stepMark}${suffix}`;
    const { executor } = this.#options;
    const timeoutMs = timeLimitSeconds === undefined ? limits.maxTimeoutMs : timeLimitSeconds * 1000;
    const ending = executor.run({ id, params: { ...params }, timeoutMs }, ready.value, {
      onStarted: () => undefined,
      onOutput: (channel, chunk) => this.#context.output(channel, chunk),
      onProgress: (percent, note) => {
        if (walk !== undefined) this.#context.progress(doneOf(this.#procedure, walk), `step ${walk.at}: ${Math.round(percent)}%${note === undefined ? '' : ` ${note}`}`);
      },
    });
    const cancel = (): void => void executor.cancel(id);
    this.#stop.signal.addEventListener('abort', cancel);
    if (this.#stop.signal.aborted) cancel();
    const end = await ending;
    this.#stop.signal.removeEventListener('abort', cancel);
    return endOf(end);
  }

  /** Judged anew before each step: a right that was taken away meanwhile is gone. */
  async #ready(name: string, params: unknown): Promise<Outcome<AgentPrimitive>> {
    const primitive = await this.#options.find(name);
    if (primitive === undefined) return failure('primitive-unknown', name);
    const permitted = isMerePath(name, params) ? success(undefined) : this.#options.trust.permitsStep(this.#context.directiveId, primitive);
    if (!permitted.ok) return permitted;
    const form = formOf(primitive.params);
    return form.check(params) ? success(primitive) : failure('params-invalid', form.fault(params));
  }

  /** The values of the variables, one after the other: nothing of the procedure has begun. */
  async #lookUp(): Promise<Outcome<Variables>> {
    const values: Record<string, string> = {};
    for (const [name, reference] of Object.entries(this.#procedure.variables ?? {})) {
      const end = await this.#deed(`variable.${name}`, { primitive: 'variable.get', params: reference });
      if (!end.ok) return failure(end.code, `variable ${name}: ${end.detail}`);
      values[name] = (end.result as { readonly value: string }).value;
    }
    return success(values);
  }

  #say(walk: Walk, starts: readonly Start[]): void {
    if (starts.length === 0) return;
    const round = walk.loop === undefined ? '' : `, round ${walk.loop.round + 1} of ${walk.loop.items.length}`;
    this.#context.progress(doneOf(this.#procedure, walk), `step ${starts.map(({ step }) => step).join(', ')}${round}`);
  }

  #outcome(walk: Walk): RunOutcome<ProcedureResult> {
    const result = resultOf(this.#procedure, walk);
    const { signal } = this.#stop;
    if (walk.end?.ok === true) return success(result);
    if (walk.end !== undefined) return { ...failure(walk.end.code, `at step ${walk.end.step}: ${walk.end.detail}`), result };
    const reason: unknown = signal.reason;
    return isFailure(reason) ? { ...failure(reason.code, `at step ${walk.at}: ${reason.detail}`), result } : { ...failure('cancelled', `at step ${walk.at}`), result };
  }
}

/** The path of a directory tells nothing: it takes no right of its own. */
function isMerePath(name: string, params: unknown): boolean {
  return name === 'variable.get' && typeof params === 'object' && params !== null && 'from' in params && params.from === 'directory';
}

function isFailure(reason: unknown): reason is Failure {
  return typeof reason === 'object' && reason !== null && 'code' in reason && 'ok' in reason;
}

/** Per cent of the steps that have ended. */
function doneOf(procedure: Procedure, walk: Walk): number {
  const names = namesOf(procedure);
  return (100 * names.filter((name) => recordOf(walk, name)?.endedAtMs !== undefined).length) / names.length;
}

function endOf({ status, code = 'internal', detail = '', result }: Ending): DeedEnd {
  const given = result === undefined ? {} : { result };
  return status === 'succeeded' ? { ok: true, ...given } : { ...failure(code, detail), ...given };
}
