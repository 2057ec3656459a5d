/**
 * One program, or deed of the agent's own, tied to live streams: consoles come and go, it stays. Input arrives exactly once by its offset;
 * output that nobody has taken yet is kept in a ring, also past the program's end. On pipes nothing is ever lost: what a
 * console has not taken holds the program up, unless it is being ended. A terminal without a console runs on, and only
 * its last output is kept.
 */
import type { Clock, Timer } from '../../protocol/clock.ts';
import { formOf } from '../../protocol/form.ts';
import { limits } from '../../protocol/limits.ts';
import { receivedIn } from '../../protocol/live-stream.ts';
import type { LiveEvent } from '../../protocol/live-stream.ts';
import { failure } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import type { RunOutcome } from '../../protocol/primitive.ts';
import { LiveAttachment } from './live-attachment.ts';
import type { AttachmentHandlers, AttachmentStream, LiveSeal } from './live-attachment.ts';
import type { LiveProcess, LiveStart } from './live-process.ts';
import { OutputMeter } from './output.ts';
import type { OutputChannel, OutputSummaries } from './output.ts';
import { isSignal, ProgramExit, unknownExit } from './program.ts';
import type { TerminalSize } from './program.ts';
import { ReplayRing } from './replay-ring.ts';

export type LiveRunOptions = {
  readonly directiveId: string;
  readonly personId?: string | undefined;
  /** Begins the deed; `size` is that of the console's window by then, if there is a terminal. */
  start(on: LiveStart, size: TerminalSize | undefined): Promise<Outcome<LiveProcess>>;
  /** Given before all input of consoles. */
  readonly stdin?: string | undefined;
  /** Present: it runs on a pseudo-terminal of this size. */
  readonly terminal?: TerminalSize | undefined;
  readonly clock: Clock;
  /** A program on pipes waits this long for its first console. */
  readonly firstConsoleMs: number;
  readonly idleMs: number;
  answer(hello: Uint8Array, offsets: LiveOffsets): Promise<Outcome<LiveSeal>>;
  /** The program has ended: whether a console is still to come for the last of it. Told at the end, and at every change. */
  awaits(isAwaited: boolean): void;
};

/** What a console that comes is told: input that has arrived, and output it will be sent. */
export type LiveOffsets = { readonly inputReceived: number; readonly outputFrom: number };

const exitForm = formOf(ProgramExit);

/** Read from both pipes at once before a pause takes hold: beyond the window, so that nothing untaken is dropped. */
const overshootBytes = 128 * 1024;

export class LiveRun {
  readonly #options: LiveRunOptions;
  readonly #ring = new ReplayRing(limits.streamCreditBytes + overshootBytes);
  readonly #meter = new OutputMeter(0);
  readonly #consoleCame = Promise.withResolvers<void>();
  readonly #endTaken = Promise.withResolvers<void>();
  #process: LiveProcess | undefined;
  #attachment: LiveAttachment | undefined;
  #attached = false;
  #idle: Timer | undefined;
  #size: TerminalSize | undefined;
  #inputReceived = 0;
  #inputEnded = false;
  /** Offset up to which a console has dealt with the output. */
  #taken = 0;
  #isBeingEnded = false;
  #exit: ProgramExit | undefined;
  /** What came while the program was being started; no more than the stream's credit. */
  #early: (() => void)[] = [];

  constructor(options: LiveRunOptions) {
    this.#options = options;
    this.#size = options.terminal;
  }

  /** Resolves when a console has had the end of the program, and all before it: nothing needs to be kept. */
  get endTaken(): Promise<void> {
    return this.#endTaken.promise;
  }

  /** What its output takes in memory. */
  get keptBytes(): number {
    return this.#ring.heldBytes;
  }

  /** Starts the program and resolves with its end; aborted, with the end of everything it started. */
  async run(signal: AbortSignal): Promise<{ outcome: RunOutcome<unknown>; output: OutputSummaries }> {
    const outcome = await this.#run(signal);
    this.#idle?.cancel();
    this.#finish(outcome);
    return { outcome, output: this.#meter.summaries() };
  }

  /** Takes a console in; the one before it has to go. */
  attach(stream: AttachmentStream): void {
    this.#attachment?.drop('session-lost');
    const attachment = new LiveAttachment(stream, this.#ring, {
      answer: (hello) => this.#answer(hello),
      attached: () => this.#consoleCame.resolve(),
      event: (event) => this.#receive(event),
      taken: (offset) => {
        this.#taken = offset;
        this.#regulate();
      },
      endTaken: () => {
        if (this.#exit !== undefined) this.#endTaken.resolve();
      },
      detached: () => {
        if (this.#attachment === attachment) this.#consoleLeft();
      },
    });
    this.#attachment = attachment;
    if (this.#exit !== undefined) attachment.finish(this.#exit);
  }

  close(): void {
    this.#attachment?.drop('session-lost');
  }

  async #run(signal: AbortSignal): Promise<RunOutcome<unknown>> {
    const aborted = new Promise<'aborted'>((resolve) => signal.addEventListener('abort', () => resolve('aborted'), { once: true }));
    if (this.#options.terminal === undefined) await Promise.race([this.#firstConsole(), aborted]);
    if (signal.aborted) return failure('cancelled', 'it had not begun');
    const started = await this.#start();
    if (!started.ok) return started;
    const process = started.value;
    const outcome = await Promise.race([process.ended, aborted]);
    if (outcome !== 'aborted') return outcome;
    this.#isBeingEnded = true;
    this.#regulate();
    await process.end();
    return { ...failure('cancelled', 'everything that was started has been ended'), ...resultOf(await process.ended) };
  }

  async #start(): Promise<Outcome<LiveProcess>> {
    const { directiveId, personId, stdin } = this.#options;
    const output = (channel: OutputChannel, bytes: Uint8Array): void => this.#output(channel, bytes);
    const started = await this.#options.start({ directiveId, personId, output }, this.#size);
    if (!started.ok) return started;
    this.#process = started.value;
    if (stdin !== undefined) this.#process.write(Buffer.from(stdin), () => undefined);
    for (const act of this.#early.splice(0)) act();
    if (!this.#attached) this.#consoleLeft();
    return started;
  }

  #firstConsole(): Promise<void> {
    const timer = this.#options.clock.after(this.#options.firstConsoleMs, () => this.#consoleCame.resolve());
    return this.#consoleCame.promise.finally(() => timer.cancel());
  }

  /** The offset is fixed before anything else happens: from here on the ring must keep what is behind it. */
  #answer(hello: Uint8Array): ReturnType<AttachmentHandlers['answer']> {
    const oldest = this.#size === undefined ? this.#ring.from : Math.max(this.#ring.from, this.#ring.to - limits.terminalReplayBytes);
    const outputFrom = Math.min(Math.max(receivedIn(hello) ?? 0, oldest), this.#ring.to);
    this.#attached = true;
    this.#taken = outputFrom;
    this.#idle?.cancel();
    if (this.#exit !== undefined) this.#options.awaits(false);
    this.#regulate();
    return { outputFrom, sealed: this.#options.answer(hello, { inputReceived: this.#inputReceived, outputFrom }) };
  }

  #consoleLeft(): void {
    this.#attached = false;
    this.#idle?.cancel();
    if (this.#exit !== undefined) return this.#options.awaits(true);
    if (this.#process !== undefined) {
      this.#idle = this.#options.clock.after(this.#options.idleMs, () => this.#process?.signal('SIGHUP'));
    }
    this.#regulate();
  }

  #output(channel: OutputChannel, bytes: Uint8Array): void {
    this.#meter.keep(channel, bytes);
    this.#ring.add(channel, bytes);
    this.#regulate();
    void this.#attachment?.pump();
  }

  /** Holds the program up while too much waits for its console; but neither its being ended nor the report. */
  #regulate(): void {
    const heeded = this.#attached || this.#options.terminal === undefined;
    if (heeded && !this.#isBeingEnded && this.#ring.to - this.#taken >= limits.streamCreditBytes) this.#process?.pause();
    else this.#process?.resume();
  }

  #receive(event: LiveEvent): void {
    if (event.type === 'input') this.#input(event.bytes);
    else if (event.type === 'input-end') this.#endInput();
    else if (event.type === 'resize') this.#resize(event);
    else if (event.type === 'signal') this.#signal(event.name);
  }

  #signal(name: string): void {
    if (isSignal(name)) this.#whenStarted((process) => process.signal(name));
  }

  #input(bytes: Uint8Array): void {
    this.#inputReceived += bytes.byteLength;
    const from = this.#attachment;
    if (this.#inputEnded) return;
    this.#whenStarted((process) => process.write(bytes, () => from?.inputTaken(bytes.byteLength)));
  }

  #endInput(): void {
    this.#inputEnded = true;
    this.#whenStarted((process) => process.endInput());
  }

  #whenStarted(act: (process: LiveProcess) => void): void {
    if (this.#process !== undefined) act(this.#process);
    else this.#early.push(() => this.#whenStarted(act));
  }

  #resize({ columns, rows }: TerminalSize): void {
    if (columns < 1 || rows < 1 || this.#size === undefined) return;
    this.#size = { columns, rows };
    this.#process?.resize(this.#size);
  }

  #finish(outcome: RunOutcome<unknown>): void {
    this.#exit = exitOf(outcome);
    this.#attachment?.finish(this.#exit);
    this.#options.awaits(!this.#attached);
  }
}

function resultOf(outcome: RunOutcome<unknown>): { result?: unknown } {
  if (outcome.ok) return { result: outcome.value };
  return 'result' in outcome ? { result: outcome.result } : {};
}

/** What a terminal is told: of a program how it ended, of anything else 0 for success; why something failed is for the report to say. */
function exitOf(outcome: RunOutcome<unknown>): ProgramExit {
  const { result } = resultOf(outcome);
  if (exitForm.check(result)) return result;
  return outcome.ok ? { exitCode: 0, signal: null } : unknownExit;
}
