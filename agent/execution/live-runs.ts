/**
 * The live runs of an agent by directive. One that has ended stays until its console has all of it; without a console,
 * for as long as one may still come back (ended-runs.ts).
 */
import type { Clock } from '../../protocol/clock.ts';
import { limits } from '../../protocol/limits.ts';
import { failure } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import type { RunOutcome } from '../../protocol/primitive.ts';
import type { Directive } from '../../protocol/statements/directive.ts';
import { childTiming } from './children.ts';
import type { ChildTiming } from './children.ts';
import { EndedRuns } from './ended-runs.ts';
import type { AttachmentStream, LiveSeal } from './live-attachment.ts';
import { LiveRun } from './live-run.ts';
import type { LiveOffsets, LiveRunOptions } from './live-run.ts';
import { startOnPipes } from './live-process.ts';
import type { Serve } from './live-process.ts';
import { startOnTerminal } from './live-terminal.ts';
import type { OutputSummaries } from './output.ts';
import type { Program } from './program.ts';
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
  readonly endedMs?: number;
  readonly idleMs?: number;
};

export type LiveRequest = Pick<Directive, 'id' | 'streamKey'> & { /** Who signed it. */ readonly personId?: string };

/** What a live stream is tied to. */
export type LiveDeed = Program | { readonly serve: Serve };

const firstConsoleMs = 10_000;

export class LiveRuns {
  readonly #options: LiveRunsOptions;
  readonly #runs = new Map<string, LiveRun>();
  /** Those of them that wait for a console to come back. */
  readonly #ended: EndedRuns;

  constructor(options: LiveRunsOptions) {
    this.#options = options;
    this.#ended = new EndedRuns({ clock: options.clock, withinMs: options.endedMs ?? limits.resumeWithinMs, forget: (id) => this.#forget(id) });
  }

  /** Whether a console is still to come for the last output of a run that has ended. */
  get areAwaited(): boolean {
    return this.#ended.size > 0;
  }

  /** Runs a program, or a deed of the agent's own, for a directive that carries a stream key. */
  async run(directive: LiveRequest, deed: LiveDeed, signal: AbortSignal): Promise<{ outcome: RunOutcome<unknown>; output?: OutputSummaries }> {
    const open = this.#runs.size - this.#ended.size;
    if (open >= limits.maxTerminals) return { outcome: failure('overloaded', `${open} live streams are open`) };
    const { clock, answer } = this.#options;
    const run = new LiveRun({
      directiveId: directive.id,
      personId: directive.personId,
      ...this.#begins(deed),
      clock,
      firstConsoleMs: this.#options.firstConsoleMs ?? firstConsoleMs,
      idleMs: this.#options.idleMs ?? limits.terminalIdleMs,
      answer: (hello, offsets) => answer(hello, { directiveId: directive.id, streamKey: directive.streamKey ?? '', ...offsets }),
      awaits: (isAwaited) => {
        if (!isAwaited) this.#ended.delete(directive.id);
        else if (this.#runs.has(directive.id)) this.#ended.add(directive.id, run);
      },
    });
    this.#runs.set(directive.id, run);
    void run.endTaken.then(() => this.#forget(directive.id));
    return run.run(signal);
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

  #begins(deed: LiveDeed): Pick<LiveRunOptions, 'start' | 'stdin' | 'terminal'> {
    if ('serve' in deed) return { start: deed.serve };
    const { spawner, timing = childTiming } = this.#options;
    const { stdin, terminal } = deed;
    const start: LiveRunOptions['start'] = ({ directiveId, output }, size) =>
      size === undefined ? startOnPipes(deed, directiveId, { spawner, output, timing }) : startOnTerminal(deed, directiveId, { output, size, timing });
    return { start, stdin, terminal };
  }

  #forget(id: string): void {
    const run = this.#runs.get(id);
    this.#ended.delete(id);
    this.#runs.delete(id);
    run?.close();
  }
}
