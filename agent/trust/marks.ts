/**
 * What the agent knows of time without believing its clock (security: a clock that was set back must not bring expired
 * directives to life), and the end of its chain of reports.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Clock } from '../../protocol/clock.ts';
import { limits } from '../../protocol/limits.ts';
import { blob, integer } from './columns.ts';

/** Seconds since 1970. */
export type Now = {
  /** What the machine's clock says. */
  readonly wall: number;
  /** The later of the clock and of all that was signed and verified: expiry is judged by it. */
  readonly latest: number;
  /** Whether the clock stands before something that was signed already. */
  readonly wentBack: boolean;
  /** Queued directives up to this end may have left the ledger: none of them is accepted any more. */
  readonly forgottenUntil: number;
};

export const skewSeconds = limits.clockSkewMs / 1000;

export class Marks {
  readonly #clock: Clock;
  readonly #read: StatementSync;
  readonly #see: StatementSync;
  readonly #forget: StatementSync;
  readonly #reported: StatementSync;
  readonly #resynced: StatementSync;
  #maxSeen = 0;
  #forgottenUntil = 0;

  constructor(db: DatabaseSync, clock: Clock) {
    this.#clock = clock;
    this.#read = db.prepare('SELECT * FROM marks');
    this.#see = db.prepare('UPDATE marks SET max_seen = ?');
    this.#forget = db.prepare('UPDATE marks SET forgotten_until = ?');
    this.#reported = db.prepare('UPDATE marks SET counter = ?, last_report = ?');
    this.#resynced = db.prepare('UPDATE marks SET resynced_at = ?');
    this.reload();
  }

  /** Reads again what is remembered beside the database. */
  reload(): void {
    const row = this.#read.get();
    this.#maxSeen = integer(row, 'max_seen');
    this.#forgottenUntil = integer(row, 'forgotten_until');
  }

  now(): Now {
    const wall = Math.floor(this.#clock.now() / 1000);
    return { wall, latest: Math.max(wall, this.#maxSeen), wentBack: wall < this.#maxSeen - skewSeconds, forgottenUntil: this.#forgottenUntil };
  }

  /** A verified statement was issued at this time. Inside a transaction, as all that follows. */
  saw(issuedAt: number): void {
    if (issuedAt <= this.#maxSeen) return;
    this.#maxSeen = issuedAt;
    this.#see.run(issuedAt);
  }

  /** Queued directives that end at or before this time have left the ledger. */
  forgot(until: number): void {
    if (until <= this.#forgottenUntil) return;
    this.#forgottenUntil = until;
    this.#forget.run(until);
  }

  /** The last report's counter and payload digest; 0 and no bytes before the first. */
  lastReport(): { readonly counter: number; readonly digest: Uint8Array } {
    const row = this.#read.get();
    return { counter: integer(row, 'counter'), digest: blob(row, 'last_report') };
  }

  /** When the last resync that this machine came back by was issued; 0 before the first. */
  resyncedAt(): number {
    return integer(this.#read.get(), 'resynced_at');
  }

  resynced(issuedAt: number): void {
    this.#resynced.run(issuedAt);
  }

  reported(counter: number, digest: Uint8Array): void {
    this.#reported.run(counter, digest);
  }
}
