/**
 * The live runs of an agent by directive. A run that has ended stays for a moment, so that a console that was just away
 * still gets the last output.
 */
import type { Clock } from '../../protocol/clock.ts';
import { limits } from '../../protocol/limits.ts';
import { failure } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import type { RunOutcome } from '../../protocol/primitive.ts';
import type { Directive } from '../../protocol/statements/directive.ts';
import { childTiming } from './children.ts';
import type { ChildTiming } from './children.ts';
import type { AttachmentStream, LiveSeal } from './live-attachment.ts';
import { LiveRun } from './live-run.ts';
import type { LiveOffsets } from './live-run.ts';
import type { OutputSummaries } from './output.ts';
import type { Program, ProgramExit } from './program.ts';
import type { Spawner } from './spawner/client.ts';

/** What seals an attachment: the agent's half of protocol/live-stream.ts with its identity key. */
export type AnswerLive = (
  hello: Uint8Array,
  facts: LiveOffsets & { readonly directiveId: string; readonly streamKey: string },
) => Promise<Outcome<LiveSeal>>;

export type LiveRunsOptions = {
  readonly clock: Clock;
  readonly spawner: Spawner;
  readonly answer: AnswerLive;
  readonly timing?: ChildTiming;
  readonly firstConsoleMs?: number;
  readonly lingerMs?: number;
  readonly idleMs?: number;
};

const firstConsoleMs = 10_000;
const lingerMs = 60_000;

export class LiveRuns {
  readonly #options: LiveRunsOptions;
  readonly #runs = new Map<string, LiveRun>();
  /** Runs that have not ended. */
  #open = 0;

  constructor(options: LiveRunsOptions) {
    this.#options = options;
  }

  /** Runs `program` for a directive that carries a stream key. */
  async run(directive: Pick<Directive, 'id' | 'streamKey'>, program: Program, signal: AbortSignal): Promise<{ outcome: RunOutcome<ProgramExit>; output?: OutputSummaries }> {
    if (this.#open >= limits.maxTerminals) return { outcome: failure('overloaded', `${this.#open} live streams are open`) };
    const { clock, spawner, answer } = this.#options;
    const run = new LiveRun({
      directiveId: directive.id,
      program,
      clock,
      spawner,
      timing: this.#options.timing ?? childTiming,
      firstConsoleMs: this.#options.firstConsoleMs ?? firstConsoleMs,
      idleMs: this.#options.idleMs ?? limits.terminalIdleMs,
      answer: (hello, offsets) => answer(hello, { directiveId: directive.id, streamKey: directive.streamKey ?? '', ...offsets }),
    });
    this.#runs.set(directive.id, run);
    this.#open += 1;
    const end = await run.run(signal);
    this.#open -= 1;
    clock.after(this.#options.lingerMs ?? lingerMs, () => this.#forget(directive.id));
    return end;
  }

  /** Gives a console's stream to the run of that directive. */
  attach(directiveId: string, stream: AttachmentStream): void {
    const run = this.#runs.get(directiveId);
    if (run === undefined) stream.reset('stream-unknown');
    else run.attach(stream);
  }

  async close(): Promise<void> {
    for (const id of this.#runs.keys()) this.#forget(id);
  }

  #forget(id: string): void {
    this.#runs.get(id)?.close();
    this.#runs.delete(id);
  }
}
