/**
 * Directives as people see them: only with machines that they may reach, with what is known beyond the store, and with a
 * bound. Of one with more machines than `limits.targetsShown` there are counts, and its machines page by page.
 */
import type { Clock } from '../../protocol/clock.ts';
import { limits } from '../../protocol/limits.ts';
import { targetStates } from '../../protocol/messages/live.ts';
import type { DirectiveRecord, DirectiveTarget, StateCounts, TargetState } from '../../protocol/messages/live.ts';
import type { Bus } from '../bus/bus.ts';
import type { Authorizer } from '../people/authorizer.ts';
import type { Visitor } from '../people/sign-ins.ts';
import { largeDirectives, readDirectives, readStates, readTargetsOf } from '../store/directive-pages.ts';
import type { DirectiveFilter, StoredDirective } from '../store/directive-pages.ts';
import type { Store } from '../store/store.ts';
import type { ProgressBook } from './progress-book.ts';

export type ViewsNeeds = { readonly store: Store; readonly bus: Bus; readonly authorizer: Authorizer; readonly clock: Clock };

export type TargetPage = {
  /** Only those in one of these states; `running` is `sent` here, since only memory knows the difference. */
  readonly states?: readonly TargetState[] | undefined;
  /** Targets to pass over. */
  readonly offset: number;
  readonly limit: number;
};

export class DirectiveViews {
  readonly #needs: ViewsNeeds;
  readonly #progress: ProgressBook;
  /** Ids of those with more machines than are shown one by one. */
  readonly #large: Set<string>;
  /** Those whose counts are told soon. */
  readonly #countedSoon = new Set<string>();

  private constructor(needs: ViewsNeeds, progress: ProgressBook, large: Set<string>) {
    this.#needs = needs;
    this.#progress = progress;
    this.#large = large;
  }

  static async open(needs: ViewsNeeds, progress: ProgressBook): Promise<DirectiveViews> {
    return new DirectiveViews(needs, progress, new Set(await largeDirectives(needs.store.read, limits.targetsShown)));
  }

  /** Directives with at least one machine this person may reach; other machines are left out. Newest first. */
  async read(by: Visitor, filter: DirectiveFilter): Promise<DirectiveRecord[]> {
    const shown: DirectiveRecord[] = [];
    for (const stored of await readDirectives(this.#needs.store.read, filter, limits.targetsShown)) {
      const record = await this.#shownTo(by, stored);
      if (record !== undefined) shown.push(record);
    }
    return shown;
  }

  /** A page of those machines of one directive that this person may reach, in the order of its targets. */
  async targets(by: Visitor, directiveId: string, { states, offset, limit }: TargetPage): Promise<DirectiveTarget[]> {
    const { read } = this.#needs.store;
    const wanted = this.#visible(by, await readStates(read, directiveId)).filter(({ state }) => states?.includes(state) !== false);
    const page = wanted.toSorted((left, right) => left.place - right.place).slice(offset, offset + limit);
    return (await readTargetsOf(read, directiveId, page.map(({ agentId }) => agentId))).map((target) => this.#progress.latest(directiveId, target));
  }

  /** How many of its machines that this person may reach are in each state. */
  async counts(by: Visitor, directiveId: string): Promise<StateCounts> {
    return countsOf(this.#visible(by, await readStates(this.#needs.store.read, directiveId)), ({ agentId, state }) =>
      state === 'sent' && this.#progress.knows(directiveId, agentId) ? 'running' : state,
    );
  }

  /** A directive that was just given, with the machines this person may reach; undefined when there are none. */
  added(by: Visitor, record: StoredDirective): Promise<DirectiveRecord | undefined> {
    return this.#shownTo(by, record);
  }

  /** Before the first news of it. */
  noteSize(directiveId: string, count: number): void {
    if (count > limits.targetsShown) this.#large.add(directiveId);
  }

  isLarge(directiveId: string): boolean {
    return this.#large.has(directiveId);
  }

  /** Tells of a machine's change; where there are many machines, soon and of all changes until then. */
  changed(directiveId: string, target: DirectiveTarget): void {
    if (this.isLarge(directiveId)) this.#countSoon(directiveId);
    else this.#needs.bus.publish('target-changed', { directiveId, target });
  }

  #countSoon(directiveId: string): void {
    if (this.#countedSoon.has(directiveId)) return;
    this.#countedSoon.add(directiveId);
    this.#needs.clock.after(limits.countsEveryMs, () => {
      this.#countedSoon.delete(directiveId);
      this.#needs.bus.publish('counts-changed', { directiveId });
    });
  }

  async #shownTo(by: Visitor, stored: StoredDirective): Promise<DirectiveRecord | undefined> {
    const targets = this.#visible(by, stored.targets).map((target) => this.#progress.latest(stored.id, target));
    const counts = this.isLarge(stored.id) ? await this.counts(by, stored.id) : countsOf(targets, ({ state }) => state);
    return counts.length === 0 ? undefined : { ...stored, counts, targets };
  }

  #visible<T extends { readonly agentId: string }>(by: Visitor, targets: readonly T[]): T[] {
    return targets.filter(({ agentId }) => this.#needs.authorizer.mayReach(by, agentId));
  }
}

export function countsOf<T>(targets: readonly T[], stateOf: (target: T) => TargetState): StateCounts {
  const counts = new Map<TargetState, number>();
  for (const target of targets) counts.set(stateOf(target), (counts.get(stateOf(target)) ?? 0) + 1);
  return targetStates.flatMap((state) => (counts.has(state) ? [{ state, count: counts.get(state) ?? 0 }] : []));
}
