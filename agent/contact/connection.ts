/**
 * Contact: keeps one session with the intermediary as the settings say, as long as the agent runs. Here is only decided
 * when: when to seek a way, when to seek a better one, when to rest. How, the seeker knows; what is said, the conversation.
 */
import type { Clock, Random, Timer } from '../../protocol/clock.ts';
import type { FailedWay, MachineFacts } from '../../protocol/messages/agent.ts';
import { limits } from '../../protocol/limits.ts';
import { failure } from '../../protocol/outcome.ts';
import type { Failure } from '../../protocol/outcome.ts';
import type { Trust } from '../trust/trust.ts';
import type { ContactState } from './contact-state.ts';
import { FailedWays } from './ways/failed-ways.ts';
import type { FindPaths } from './ways/find-paths.ts';
import { describeWay, Ladder } from './ways/ladder.ts';
import type { Way } from './ways/ladder.ts';
import type { IsMetered } from './network/metered.ts';
import type { NetworkWatch } from './network/network.ts';
import { watchSleep } from './network/sleep.ts';
import { Permission } from './timing/permission.ts';
import { Schedule } from './timing/schedule.ts';
import type { Arrival } from './ways/search.ts';
import { Seeker } from './ways/seeker.ts';
import type { Sought } from './ways/seeker.ts';
import { SessionKeeper } from './session/session-keeper.ts';
import type { ConversationParts } from './session/session-keeper.ts';
import type { SettingsSource } from './settings/settings-source.ts';
import type { DialFailure, Rung } from './ways/transports.ts';
import type { WayMemory } from './ways/way-memory.ts';

export type ConnectionOptions = {
  readonly trust: Trust;
  readonly rungs: readonly Rung[];
  readonly clock: Clock;
  readonly random: Random;
  readonly settings: SettingsSource;
  readonly findPaths: FindPaths;
  readonly network: NetworkWatch;
  readonly isMetered: IsMetered;
  readonly memory: WayMemory;
  readonly facts: () => MachineFacts;
  readonly conversation: ConversationParts;
  changed(state: ContactState): void;
  /** One way was tried in vain. */
  failed(way: Way, reason: Failure): void;
};

/** Why somebody outside wants a contact now. */
export type Call = { readonly priority: 'low' | 'high'; readonly reason: string };

type Link = Arrival & {
  /** Monotonic. */
  readonly sinceMs: number;
  /** Left on purpose until the next contact. */
  isResting: boolean;
};

export class Connection {
  readonly #options: ConnectionOptions;
  readonly #ladder: Ladder;
  readonly #schedule: Schedule;
  readonly #failedWays: FailedWays;
  readonly #keeper: SessionKeeper;
  readonly #seeker: Seeker;
  readonly #permission: Permission;
  readonly #watches: (() => void)[] = [];
  #isStopped = false;
  #link: Link | undefined;
  /** A search is under way, of any kind: never two, since each rolls the key. */
  #seeking: AbortController | undefined;
  /** Something has changed since it began. */
  #isOutdated = false;
  /** Next contact, next look for a better way, next look whether to rest: while linked the last two, else the first. */
  #contactTimer: Timer | undefined;
  #betterTimer: Timer | undefined;
  #restTimer: Timer | undefined;
  /** Wall time of the last arrival: what failed since then is told with the next. */
  #arrivedAtMs = 0;

  constructor(options: ConnectionOptions) {
    const { trust, clock, random, memory, findPaths, settings, network, facts, conversation } = options;
    this.#options = options;
    this.#ladder = new Ladder(options.rungs);
    this.#permission = new Permission(options);
    this.#schedule = new Schedule(random);
    this.#failedWays = new FailedWays(clock);
    this.#keeper = new SessionKeeper({ trust, clock, facts, conversation, lost: (reason) => this.#lost(reason) });
    this.#seeker = new Seeker({
      trust, clock, memory, findPaths, facts,
      ladder: this.#ladder,
      settings: () => settings.present(),
      network: () => network.present(),
      join: (channel) => this.#keeper.join(channel),
      failed: (way, reason) => {
        this.#failedWays.note(way, reason);
        options.failed(way, reason);
      },
    });
  }

  /** Begins to call, and goes on until `stop`. */
  start(): void {
    const { network, clock, settings } = this.#options;
    this.#watches.push(network.watch(() => void this.#networkChanged()), watchSleep(clock, () => this.#woke()));
    settings.onChanged(() => this.#again());
    void this.#contact();
  }

  /** Makes the agent check in again now, if it is connected. */
  checkIn(): void {
    this.#keeper.conversation?.checkIn();
  }

  /** Somebody outside asks for a contact: at once, but for a low priority on a metered network. */
  callNow({ priority }: Call): void {
    if (this.#link !== undefined) return;
    if (priority === 'high') {
      this.#permission.grantUrgency();
      this.#isOutdated = true; // what is being judged was judged without it
    }
    void this.#contact();
  }

  /** Why ways did not work, newest first. */
  get failedWays(): readonly FailedWay[] {
    return this.#failedWays.all;
  }

  /** Ends the session in good order; resolves when nothing that came is still being taken in. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const end of this.#watches) end();
    this.#seeking?.abort();
    for (const timer of [this.#contactTimer, this.#betterTimer, this.#restTimer]) timer?.cancel();
    await this.#keeper.stop();
    this.#options.memory.save();
    this.#options.changed({ state: 'stopped' });
  }

  /** Seeks a way, unless there is one or something stands against it. */
  async #contact(): Promise<void> {
    if (this.#isStopped || this.#link !== undefined || this.#seeking !== undefined) return;
    this.#contactTimer?.cancel();
    const seeking = this.#beginToSeek();
    const hindrance = await this.#permission.hindrance();
    if (hindrance !== undefined || this.#isStopped) {
      this.#seeking = undefined;
      return this.#hindered(hindrance);
    }
    this.#options.changed({ state: 'connecting' });
    this.#settle(await this.#seeker.seek(seeking.signal));
  }

  #beginToSeek(): AbortController {
    const seeking = new AbortController();
    this.#seeking = seeking;
    this.#isOutdated = false;
    return seeking;
  }

  /** The watch tells when a network comes; that one is not metered any more has to be asked for. */
  #hindered(hindrance: Failure | undefined): void {
    if (this.#isStopped || hindrance === undefined) return;
    if (this.#isOutdated) return void this.#contact();
    if (hindrance.code === 'network-metered') return this.#wait(limits.meteredKnownMs, hindrance);
    this.#options.changed({ state: 'waiting', code: hindrance.code, detail: hindrance.detail });
  }

  /** A search is over; a session that has a link now has arrived, whatever happened meanwhile. */
  #settle(sought: Sought): void {
    this.#seeking = undefined;
    if (this.#isStopped) {
      if (sought.ok) sought.value.channel.close();
      return;
    }
    if (sought.ok && this.#keeper.isLinked) return this.#arrive(sought.value);
    if (this.#link !== undefined) return this.#stay(this.#link);
    if (this.#isOutdated) return void this.#contact();
    if (sought.ok || sought.code === 'cancelled') return this.#wait(this.#schedule.afterLoss(), failure('connection-lost', 'the connection was lost while a better one was sought'));
    this.#wait(this.#schedule.afterFailure(this.#options.settings.present(), sought.retryAfterMs), sought);
  }

  #arrive(arrival: Arrival): void {
    const { clock, changed } = this.#options;
    this.#link = { ...arrival, sinceMs: clock.monotonic(), isResting: false };
    this.#contactTimer?.cancel();
    this.#seeker.arrived(arrival.way);
    const way = describeWay(arrival.way);
    this.#keeper.conversation?.sayReached(way, this.#failedWays.since(this.#arrivedAtMs));
    this.#arrivedAtMs = clock.now();
    changed({ state: 'connected', ...way });
    this.#lookForBetter(this.#isOutdated ? 0 : undefined);
    this.#lookWhetherToRest();
  }

  /** Nothing better was found; why not is news. */
  #stay(link: Link): void {
    this.#keeper.conversation?.sayReached(describeWay(link.way), this.#failedWays.all);
    this.#options.changed({ state: 'connected', ...describeWay(link.way) });
    this.#lookForBetter(this.#isOutdated ? 0 : undefined);
  }

  #lookForBetter(delayMs = this.#schedule.upgrade(this.#options.settings.present())): void {
    this.#betterTimer?.cancel();
    if (this.#link === undefined || !this.#seeker.hasBetter(this.#link.way)) return;
    this.#betterTimer = this.#options.clock.after(delayMs, () => void this.#seekBetter());
  }

  /** The present link goes on meanwhile, and is left only when another carries the session. */
  async #seekBetter(): Promise<void> {
    if (this.#link === undefined || this.#seeking !== undefined) return;
    const seeking = this.#beginToSeek();
    this.#settle(await this.#seeker.seekBetter(this.#link.way, seeking.signal));
  }

  /** A machine that polls, or whose network is metered, keeps its link only while there is something to do. */
  #lookWhetherToRest(): void {
    this.#restTimer?.cancel();
    const { clock, settings } = this.#options;
    if (this.#link === undefined || (settings.present().mode === 'connected' && !this.#permission.isHeldBack)) return;
    this.#restTimer = clock.after(limits.restAfterMs / 2, () => {
      if (this.#seeking === undefined && this.#keeper.conversation?.isQuiet(limits.restAfterMs) === true) this.#rest();
      else this.#lookWhetherToRest();
    });
  }

  /** The session waits for the next contact. */
  #rest(): void {
    if (this.#link === undefined) return;
    this.#link.isResting = true;
    this.#link.channel.close();
  }

  #lost(reason: Failure): void {
    const link = this.#link;
    if (link === undefined || this.#isStopped) return;
    this.#link = undefined;
    this.#betterTimer?.cancel();
    this.#restTimer?.cancel();
    if (link.isResting) return this.#waitForNextContact(link);
    if (this.#ladder.lost(link.way, this.#options.clock.monotonic() - link.sinceMs) === 'held') this.#schedule.reset();
    this.#failedWays.note(link.way, reason);
    // a search for something better may be just arriving: it ends by itself, and then it is seen where we are
    if (this.#seeking !== undefined) this.#seeking.abort();
    else this.#wait(this.#schedule.afterLoss(), reason);
  }

  #waitForNextContact({ sinceMs }: Link): void {
    const { clock, settings, changed } = this.#options;
    this.#permission.endUrgency();
    this.#schedule.reset();
    const delayMs = Math.max(0, this.#schedule.interval(settings.present()) - (clock.monotonic() - sinceMs));
    this.#contactTimer = clock.after(delayMs, () => void this.#contact());
    changed({ state: 'polling', nextAttemptAtMs: Math.round(clock.now() + delayMs) });
  }

  #wait(delayMs: number, { code, detail }: DialFailure): void {
    const { clock, changed } = this.#options;
    this.#contactTimer?.cancel();
    this.#contactTimer = clock.after(delayMs, () => void this.#contact());
    changed({ state: 'waiting', code, detail, nextAttemptAtMs: Math.round(clock.now() + delayMs) });
  }

  /** Another address, another gateway, or a network at last. */
  async #networkChanged(): Promise<void> {
    this.#ladder.forgive();
    if (!this.#options.network.present().isUp) return;
    await this.#permission.look();
    this.#keeper.conversation?.session.probe(limits.probeWithinMs);
    this.#again();
  }

  /** Everything that was decided is decided anew, now. */
  #again(): void {
    if (this.#isStopped) return;
    this.#schedule.reset();
    this.#isOutdated = true;
    if (this.#link !== undefined) {
      this.#lookForBetter(0);
      this.#lookWhetherToRest();
    } else if (this.#seeking === undefined) void this.#contact();
    else this.#seeking.abort();
  }

  /** After a sleep a link may be dead without a word, and a wait is over. */
  #woke(): void {
    if (this.#link === undefined) void this.#contact();
    else this.#keeper.conversation?.session.probe(limits.probeWithinMs);
  }
}
