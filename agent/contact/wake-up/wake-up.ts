/**
 * Wake-ups: listens, at the outside service that the intermediary named in a session, for the word that it is wanted, and
 * has the agent call. Nothing is kept on disk: an agent that starts calls by itself, and is told everything again.
 */
import type { Logger } from 'pino';
import type { Clock, Random, Timer } from '../../../protocol/clock.ts';
import { sameBytes } from '../../../protocol/bytes.ts';
import { limits } from '../../../protocol/limits.ts';
import type { FromAgent, ToAgent } from '../../../protocol/messages/agent.ts';
import { openWakeUp } from '../../../protocol/wake-up.ts';
import type { WakeUp } from '../../../protocol/wake-up.ts';
import { directPath } from '../../../transports/path.ts';
import { Backoff } from '../timing/backoff.ts';
import type { FindPaths } from '../ways/find-paths.ts';
import { NtfyStream } from './ntfy-stream.ts';

export type WakeUpChannel = Extract<ToAgent, { kind: 'wake-up-channel' }>;

export type WakeUpsOptions = {
  readonly agentId: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly findPaths: FindPaths;
  /** Whether there is a network: without one nothing is attempted. */
  isUp(): boolean;
  /** An authentic, new and timely wake-up has come. */
  callNow(call: { readonly priority: WakeUp['priority']; readonly reason: string }): void;
};

export class WakeUps {
  readonly #options: WakeUpsOptions;
  readonly #backoff: Backoff;
  #channel: WakeUpChannel | undefined;
  /** The last that was accepted, or the one before the first that will be. */
  #run = 0;
  #number = 0;
  /** Numbers of this run before that one that have not come: they may still come late, once. */
  readonly #skipped = new Set<number>();
  #stream: NtfyStream | undefined;
  #timer: Timer | undefined;
  /** Ended when another channel, or none, is listened to. */
  #life = new AbortController();
  /** Paths that failed in a row: the next is tried then. */
  #failures = 0;
  /** ntfy's name of the last thing it said, and when it last answered (monotonic). */
  #lastId: string | undefined;
  #heardAt = 0;
  /** One after the other, since each is judged by the number of the one before. */
  #judging: Promise<void> = Promise.resolve();
  #received = 0;
  #missed = 0;
  #refused = 0;

  constructor(options: WakeUpsOptions) {
    this.#options = options;
    this.#backoff = new Backoff(options.random);
  }

  /** What became of those that came since the start; undefined while there is nothing to tell. */
  get told(): Extract<FromAgent, { kind: 'wake-ups' }> | undefined {
    const [received, missed, refused] = [this.#received, this.#missed, this.#refused];
    return received + missed + refused === 0 ? undefined : { kind: 'wake-ups', received, missed, refused };
  }

  /** The same for the status. */
  get counts(): { readonly wakeUps?: { readonly received: number; readonly missed: number; readonly refused: number } } {
    const { told } = this;
    return told === undefined ? {} : { wakeUps: { received: told.received, missed: told.missed, refused: told.refused } };
  }

  /** The channel as the intermediary says it in every session: most of the time the one that is listened to already. */
  use(channel: WakeUpChannel): void {
    // nothing behind the name of the server: what an agent asks for inside its own network is not for others to choose
    if (URL.parse(channel.server)?.origin !== channel.server) return this.#refuse('request-malformed', `${channel.server} is not the address of a server`);
    const before = this.#channel;
    this.#channel = channel;
    if (before === undefined) [this.#run, this.#number] = [channel.run, channel.next - 1];
    this.#moveTo(channel.run, channel.next - 1);
    if (before?.server === channel.server && before.topic === channel.topic && sameBytes(before.key, channel.key)) return;
    this.stop();
    [this.#lastId, this.#heardAt] = [undefined, this.#options.clock.monotonic()];
    this.#life = new AbortController();
    void this.#listen(channel, this.#life.signal);
  }

  stop(): void {
    this.#life.abort();
    this.#timer?.cancel();
    this.#stream?.close();
  }

  async #listen(channel: WakeUpChannel, life: AbortSignal, since?: string): Promise<void> {
    const { clock, log, findPaths, isUp } = this.#options;
    if (!isUp()) return this.#listenLater(channel, life);
    const server = new URL(channel.server);
    const port = server.port === '' ? (server.protocol === 'https:' ? 443 : 80) : Number(server.port);
    const paths = await findPaths({ host: server.hostname, port }, life);
    if (life.aborted) return;
    this.#stream = new NtfyStream({
      server, since, clock,
      topic: channel.topic,
      path: paths[this.#failures % paths.length] ?? directPath,
      opened: () => {
        this.#backoff.reset();
        this.#failures = 0;
        this.#heardAt = clock.monotonic();
      },
      message: (text, id) => this.#heard(text, id),
      ended: (detail) => {
        if (this.#failures === 0) log.info({ detail }, 'wake-ups are not heard at present');
        this.#failures += 1;
        this.#listenLater(channel, life);
      },
    });
  }

  #listenLater(channel: WakeUpChannel, life: AbortSignal): void {
    this.#timer = this.#options.clock.after(this.#backoff.next(), () => void this.#listen(channel, life, this.#meanwhile()));
  }

  /** Asks also for what was said while nobody listened. */
  #meanwhile(): string {
    return this.#lastId ?? `${Math.ceil((this.#options.clock.monotonic() - this.#heardAt) / 1000) + 1}s`;
  }

  #heard(text: string, id: string): void {
    this.#lastId = id;
    this.#judging = this.#judging.then(() => this.#judge(text));
  }

  async #judge(text: string): Promise<void> {
    const { agentId, clock } = this.#options;
    const channel = this.#channel;
    if (channel === undefined) return;
    const opened = await openWakeUp(text, agentId, channel.key);
    if (!opened.ok) return this.#refuse(opened.code, opened.detail);
    const { id, run, number, priority, atMs } = opened.value;
    if (!this.#isNew(run, number)) return this.#refuse('replayed', `number ${number} has come already`);
    const ageMs = clock.now() - atMs;
    if (ageMs > limits.wakeUpLifeMs || ageMs < -limits.clockSkewMs) return this.#refuse('expired', `it is ${ageMs} ms old`);
    this.#received += 1;
    this.#options.callNow({ priority, reason: `wake-up ${id}` });
  }

  /** Takes note of the number, and of those that were skipped before it. */
  #isNew(run: number, number: number): boolean {
    if (run === this.#run && this.#skipped.delete(number)) {
      this.#missed -= 1;
      return true;
    }
    if (run < this.#run || (run === this.#run && number <= this.#number)) return false;
    this.#moveTo(run, number - 1);
    this.#number = number;
    return true;
  }

  /** All numbers of this run up to `number` were given out; those that did not come are missed, unless they still do. */
  #moveTo(run: number, number: number): void {
    if (run < this.#run) return;
    if (run > this.#run) {
      [this.#run, this.#number] = [run, 0];
      this.#skipped.clear();
    }
    this.#missed += Math.max(0, number - this.#number);
    for (let skipped = Math.max(this.#number, number - limits.maxSkippedWakeUps) + 1; skipped <= number; skipped += 1) this.#skipped.add(skipped);
    this.#number = Math.max(this.#number, number);
    for (const old of this.#skipped) if (old <= this.#number - limits.maxSkippedWakeUps) this.#skipped.delete(old);
  }

  /** The log hears of the first only: whoever can publish there could fill a disk. */
  #refuse(code: string, detail: string): void {
    if (this.#refused === 0) this.#options.log.warn({ code, detail }, 'a wake-up was refused; further ones are only counted');
    this.#refused += 1;
  }
}
