/**
 * Standing directives in action: looks at the clock, begins what is due, and ends each directive when its time is over, when
 * it is cancelled, or when the newest policy no longer permits it. Needs no connection.
 */
import type { Logger } from 'pino';
import type { Clock, Timer } from '../../protocol/clock.ts';
import { parseCron } from '../../protocol/cron.ts';
import type { ErrorCode } from '../../protocol/errors.ts';
import { limits } from '../../protocol/limits.ts';
import type { Failure } from '../../protocol/outcome.ts';
import { spreadOf } from '../../protocol/statements/firing.ts';
import type { Registry } from '../primitives/registry.ts';
import type { AcceptedDirective, Ending, StandingDirective, Trust } from '../trust/trust.ts';
import { look } from './due.ts';
import type { Look, Plan } from './due.ts';

export type StandingNeeds = {
  readonly trust: Pick<Trust, 'identity' | 'standing' | 'fire' | 'passOver'>;
  readonly registry: Registry;
  readonly clock: Clock;
  /** The machine's time zone at this moment, an IANA name. */
  readonly zone: () => string;
  readonly log: Logger;
  /** Carries one firing out, to its report. */
  carryOut(firing: AcceptedDirective): Promise<void>;
  /** Asks one that is under way to end. */
  cancel(firingId: string): void;
  /** Signs the one report of the directive itself. */
  end(standingId: string, ending: Ending): Promise<void>;
};

/** Faults of the moment: the firing may still begin within its window. */
const passing: readonly ErrorCode[] = ['overloaded', 'ledger-full', 'policy-unknown', 'disk-full', 'store-unavailable', 'data-unwritable'];

export class StandingRuns {
  readonly #needs: StandingNeeds;
  /** The firing under way of each directive: the next one waits for its end, within its window. */
  readonly #running = new Map<string, string>();
  /** Directives whose end is being written: on a full disk that takes its time. */
  readonly #ended = new Set<string>();
  #timer: Timer | undefined;
  #looking: Promise<void> | undefined;
  #lookAgain = false;
  #isStopped = false;

  constructor(needs: StandingNeeds) {
    this.#needs = needs;
  }

  /** At the start, and whenever something may have changed. */
  look(): void {
    this.#timer?.cancel();
    this.#lookAgain = this.#looking !== undefined;
    if (this.#isStopped || this.#lookAgain) return;
    this.#looking = this.#lookAtAll().finally(() => {
      this.#looking = undefined;
      if (this.#lookAgain) this.look();
    });
  }

  /** Has a firing carried out, one of before a restart too: the next one of its directive waits for it. */
  begin(id: string, firing: AcceptedDirective): void {
    // it is written down: the next start begins it, within its window
    if (this.#isStopped) return;
    this.#running.set(id, firing.directive.id);
    void this.#needs.carryOut(firing).finally(() => {
      this.#running.delete(id);
      this.look();
    });
    // it was cancelled while this one was being written down
    if (this.#ended.has(id)) this.#needs.cancel(firing.directive.id);
  }

  /** Whether this is a standing directive; then it has ended, and a firing that runs is asked to. */
  async cancel(directiveId: string): Promise<boolean> {
    if (!this.#needs.trust.standing().some(({ directive }) => directive.id === directiveId)) return false;
    await this.#end(directiveId, { status: 'cancelled', code: 'cancelled' });
    const firingId = this.#running.get(directiveId);
    if (firingId !== undefined) this.#needs.cancel(firingId);
    return true;
  }

  /** Begins nothing any more; resolves when nothing is being begun. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.cancel();
    await this.#looking;
  }

  async #lookAtAll(): Promise<void> {
    const { clock, trust } = this.#needs;
    const all = trust.standing();
    for (const id of this.#ended) if (!all.some(({ directive }) => directive.id === id)) this.#ended.delete(id);
    const zone = this.#needs.zone();
    let waitMs: number = limits.lookAtClockMs;
    for (const standing of all) {
      if (this.#isStopped) return;
      const nextMs = await this.#lookAt(standing, zone);
      if (nextMs !== undefined) waitMs = Math.min(waitMs, Math.max(0, nextMs - clock.now()));
    }
    if (!this.#isStopped && trust.standing().length > 0) this.#timer = clock.after(waitMs, () => this.look());
  }

  /** Gives when it is to be looked at again. */
  async #lookAt(standing: StandingDirective, zone: string): Promise<number | undefined> {
    const { id } = standing.directive;
    if (this.#running.has(id) || this.#ended.has(id)) return undefined;
    const plan = await this.#planOf(standing, zone);
    if (plan === undefined) return undefined;
    const found = look(plan, standing.through * 1000, this.#needs.clock.now());
    if (found.fireAtMs !== undefined) await this.#fire(id, found.fireAtMs, { plan, found });
    else if (found.missed > 0) await this.#needs.trust.passOver(id, found.throughMs / 1000, found.missed);
    else if (found.nextMs === undefined && this.#isOver(plan)) await this.#end(id, { status: 'succeeded' });
    return found.nextMs;
  }

  #isOver({ notAfterMs, offsetMs }: Plan): boolean {
    return this.#needs.clock.now() > notAfterMs + offsetMs;
  }

  async #planOf({ directive }: StandingDirective, zone: string): Promise<Plan | undefined> {
    const { life, id } = directive;
    const { trust } = this.#needs;
    if (life.kind !== 'standing') return undefined;
    const { cron: text, spreadSeconds, windowSeconds, catchUp } = life.schedule;
    const cron = parseCron(text);
    if (!cron.ok) return undefined;
    const offsetMs = (await spreadOf(id, trust.identity.agentId, spreadSeconds)) * 1000;
    return { cron: cron.value, zone, offsetMs, windowMs: windowSeconds * 1000, catchUp, notAfterMs: life.notAfter * 1000 };
  }

  async #fire(id: string, atMs: number, { plan, found }: { plan: Plan; found: Look }): Promise<void> {
    const { trust, registry, clock } = this.#needs;
    const expiresAt = Math.ceil(Math.max(atMs + plan.offsetMs, clock.now()) / 1000) + plan.windowMs / 1000;
    const fired = await trust.fire(id, { at: atMs / 1000, missed: found.missed, expiresAt }, registry.find);
    if (fired.ok) this.begin(id, fired.value);
    else if (fired.code !== 'replayed') await this.#refused(id, fired);
  }

  async #end(id: string, how: Omit<Ending, 'endedAtMs'>): Promise<void> {
    this.#ended.add(id);
    await this.#needs.end(id, { ...how, endedAtMs: this.#needs.clock.now() });
  }

  /** What was withdrawn does not come back by itself: somebody signs it anew. */
  async #refused(id: string, { code, detail }: Failure): Promise<void> {
    this.#needs.log.warn({ directiveId: id, code, detail }, 'a firing was refused');
    if (!passing.includes(code)) await this.#end(id, { status: 'refused', code, detail });
  }
}
