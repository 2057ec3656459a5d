/**
 * The output of one run as it comes: each byte once and in order, also across reconnections, and what is missing is said.
 */
import type { Clock } from '../../protocol/clock.ts';
import type { ToConsole } from '../../protocol/messages/live.ts';
import type { Report } from '../../protocol/statements/report.ts';
import type { LiveSocket } from './live-socket.ts';

export type OutputChannel = 'stdout' | 'stderr';

export type OutputHandlers = {
  output(channel: OutputChannel, bytes: Uint8Array): void;
  /** This many bytes of the channel never came: this console was too slow. They are kept at the intermediary. */
  missed(channel: OutputChannel, bytes: number): void;
};

export class OutputFollower {
  readonly #handlers: OutputHandlers;
  readonly #had = { stdout: 0, stderr: 0 };
  readonly #stop: () => void;
  #progress: () => void = () => {};

  constructor(live: LiveSocket, directiveId: string, agentId: string, handlers: OutputHandlers) {
    this.#handlers = handlers;
    this.#stop = live.watch({ of: 'output', directiveId, agentId }, { event: (message) => this.#take(message) });
  }

  /** Waits until all that the report says was kept has come, `withinMs` at most. */
  async upTo(output: Report['output'], clock: Clock, withinMs: number): Promise<void> {
    if (output === undefined) return;
    const complete = (): boolean => this.#had.stdout >= output.stdout.kept && this.#had.stderr >= output.stderr.kept;
    await new Promise<void>((resolve) => {
      const timer = clock.after(withinMs, resolve);
      this.#progress = () => {
        if (!complete()) return;
        timer.cancel();
        resolve();
      };
      this.#progress();
    });
  }

  stop(): void {
    this.#stop();
  }

  #take(message: ToConsole): void {
    if (message.kind !== 'output') return;
    const { channel, offset, bytes } = message;
    const had = this.#had[channel];
    if (offset > had) this.#handlers.missed(channel, offset - had);
    const fresh = bytes.subarray(Math.max(0, had - offset));
    this.#had[channel] = Math.max(had, offset + bytes.byteLength);
    if (fresh.byteLength > 0) this.#handlers.output(channel, fresh);
    this.#progress();
  }
}
