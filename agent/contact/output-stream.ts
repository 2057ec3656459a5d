/**
 * The output of one run on its way to the intermediary. Without a session it is dropped, and the digest in the report
 * shows that it is not whole: a program must not stand still because the network does.
 */
import type { ErrorCode } from '../../protocol/errors.ts';
import type { OutputLabel } from '../../protocol/messages/agent.ts';
import type { SessionStream } from '../../protocol/session/stream.ts';
import type { OutputChannel } from '../execution/output.ts';
import type { Line } from './session/line.ts';

const channelBytes = { stdout: 1, stderr: 2 } as const satisfies Record<OutputChannel, number>;

export class OutputStream {
  readonly #label: OutputLabel;
  readonly #line: () => Line | undefined;
  #stream: SessionStream | undefined;
  /** The intermediary wants no more of it. */
  #unwanted = false;
  #waiting: (() => void)[] = [];

  constructor(label: OutputLabel, line: () => Line | undefined) {
    this.#label = label;
    this.#line = line;
  }

  /** Sends one piece; resolves when there is room for the next. */
  write(channel: OutputChannel, chunk: Uint8Array): Promise<void> | undefined {
    const stream = this.#open();
    if (stream === undefined) return undefined;
    const marked = new Uint8Array(1 + chunk.byteLength);
    marked[0] = channelBytes[channel];
    marked.set(chunk, 1);
    if (stream.write(marked)) return undefined;
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  end(): void {
    this.#stream?.end();
    this.#resume();
  }

  #open(): SessionStream | undefined {
    if (this.#stream !== undefined || this.#unwanted) return this.#stream;
    const opened = this.#line()?.openOutput(this.#label);
    if (opened?.ok !== true) return undefined;
    this.#stream = opened.value;
    this.#stream.listen({
      data: (chunk) => this.#stream?.take(chunk.byteLength),
      ended: () => undefined,
      reset: (code) => this.#reset(code),
      drained: () => this.#resume(),
    });
    return this.#stream;
  }

  /** A lost session may be followed by another; any other reason is the intermediary's last word. */
  #reset(code: ErrorCode): void {
    this.#stream = undefined;
    this.#unwanted = code !== 'session-lost';
    this.#resume();
  }

  #resume(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resume of waiting) resume();
  }
}
