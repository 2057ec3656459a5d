/**
 * One search for a way: a race of dials, then handshake and hello over what opens, one after the other, until one of them
 * carries the session. Serves the first contact, every contact after a loss, and the look for something better.
 */
import type { SecureChannel } from '../../../protocol/channel/channel.ts';
import type { Clock } from '../../../protocol/clock.ts';
import type { ErrorCode } from '../../../protocol/errors.ts';
import { limits } from '../../../protocol/limits.ts';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Failure, Outcome } from '../../../protocol/outcome.ts';
import { shakeHands } from './handshake.ts';
import type { HandshakeOptions } from './handshake.ts';
import type { Way } from './ladder.ts';
import { Race } from './race.ts';
import type { Opened } from './race.ts';
import type { DialFailure, DialMemory } from './transports.ts';

export type Arrival = { readonly way: Way; readonly channel: SecureChannel };

export type SearchOptions = {
  readonly clock: Clock;
  /** Tried alone for a moment, before the others are known. */
  readonly first: Way | undefined;
  /** All ways in the order to try; `first` may be among them. Never fails. */
  readonly ways: Promise<readonly Way[]>;
  readonly authority: string | undefined;
  /** What transports have learnt of this network. */
  readonly memory: DialMemory;
  readonly handshake: Omit<HandshakeOptions, 'isReplaceable' | 'signal' | 'clock'>;
  /** Takes the session over this channel. A failure has closed it. */
  join(channel: SecureChannel): Promise<Outcome<void>>;
  failed(way: Way, reason: Failure): void;
  readonly signal: AbortSignal;
};

/** The intermediary's own word: the same by every way. */
const finalCodes: readonly ErrorCode[] = ['key-unknown', 'key-retired', 'identity-refused', 'quarantined', 'enrolment-expired', 'enrolment-used-up', 'level-unsupported', 'not-enrolled', 'data-unwritable'];

/** Where the session arrived, or why it did not: the intermediary's word, else what the most preferred way failed of. */
export async function search(options: SearchOptions): Promise<{ readonly ok: true; readonly value: Arrival } | DialFailure> {
  const reasons = new Reasons(options);
  const race = startRace(options, reasons);
  const end = (): void => race.end();
  options.signal.addEventListener('abort', end);
  try {
    for (let opened = await race.next(); opened !== undefined; opened = await race.next()) {
      const arrived = await arrive(opened, race, options);
      if (arrived.ok) {
        race.overtakenBy(opened.way);
        return arrived;
      }
      reasons.note(opened.way, arrived);
      if (options.signal.aborted || finalCodes.includes(arrived.code)) break;
    }
    return reasons.verdict;
  } finally {
    options.signal.removeEventListener('abort', end);
    race.end();
  }
}

function startRace({ clock, first, ways, authority, memory, signal }: SearchOptions, reasons: Reasons): Race {
  const race = new Race({
    clock,
    dial: (way, over) => way.rung.dial({ address: way.address, path: way.path, authority, memory, signal: over, clock }),
    failed: (way, reason) => reasons.note(way, reason),
  });
  if (first !== undefined && !signal.aborted) race.enter([first], limits.rememberedHeadStartMs);
  void ways.then((all) => {
    reasons.prefer(all);
    const others = all.filter((way) => !isSame(way, first));
    if (!signal.aborted) race.enter(others, limits.headStartMs);
    race.close();
  });
  return race;
}

async function arrive({ way, transport }: Opened, race: Race, options: SearchOptions): Promise<Outcome<Arrival>> {
  const { clock, handshake, join, signal } = options;
  const opened = await shakeHands(transport, { ...handshake, clock, signal, isReplaceable: () => race.isReady });
  if (!opened.ok) return opened;
  const { channel } = opened.value;
  const joined = await join(channel);
  return joined.ok ? success({ way, channel }) : joined;
}

/** Keeps what the ways failed of during one search. */
class Reasons {
  readonly #options: SearchOptions;
  readonly #noted: { readonly way: Way; readonly reason: DialFailure }[] = [];
  #preferred: readonly Way[] = [];

  constructor(options: SearchOptions) {
    this.#options = options;
  }

  prefer(ways: readonly Way[]): void {
    this.#preferred = ways;
  }

  note(way: Way, reason: DialFailure): void {
    if (reason.code === 'cancelled') return;
    this.#noted.push({ way, reason });
    this.#options.failed(way, reason);
  }

  get verdict(): DialFailure {
    const reasons = this.#preferred.flatMap((way) => this.#noted.find((noted) => isSame(noted.way, way))?.reason ?? []);
    const word = this.#noted.find(({ reason }) => finalCodes.includes(reason.code))?.reason ?? reasons[0] ?? this.#noted[0]?.reason;
    const waits = this.#noted.map(({ reason }) => reason.retryAfterMs ?? 0);
    const retryAfterMs = Math.max(0, ...waits);
    const chosen = word ?? failure('cancelled', 'the search was given up');
    return retryAfterMs === 0 ? chosen : { ...chosen, retryAfterMs };
  }
}

function isSame(way: Way, other: Way | undefined): boolean {
  return way.rung === other?.rung && way.address === other.address && way.path.name === other.path.name;
}
