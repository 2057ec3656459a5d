/** What a console can watch: for each topic its present state and how its changes come. */
import { limits } from '../../protocol/limits.ts';
import type { FromConsole, ToConsole } from '../../protocol/messages/live.ts';
import { failure, success } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import type { Bus } from '../bus/bus.ts';
import type { DirectiveViews } from '../directives/directive-views.ts';
import type { Authorizer } from '../people/authorizer.ts';
import type { Invitations } from '../people/invitations.ts';
import type { Visitor } from '../people/sign-ins.ts';
import type { MachineViews } from '../sessions/machine-views.ts';
import { isTarget } from '../store/directives.ts';
import type { Store } from '../store/store.ts';
import type { Outlet } from './outlet.ts';
import { OutputWatch } from './output-watch.ts';
import { StateWatch } from './state-watch.ts';
import type { WatchedState } from './state-watch.ts';

export type TopicNeeds = {
  readonly store: Store;
  readonly bus: Bus;
  readonly authorizer: Authorizer;
  readonly directiveViews: DirectiveViews;
  readonly machineViews: MachineViews;
  readonly invitations: Invitations;
};

export type Topic = Extract<FromConsole, { kind: 'watch' }>['topic'];
type Watcher = { readonly outlet: Outlet; readonly ref: number; readonly visitor: Visitor };

/** Begins to watch. The result stops it. Fails for what is not there, or not for this person. */
export async function watchTopic(needs: TopicNeeds, topic: Topic, watcher: Watcher): Promise<Outcome<{ stop(): void }>> {
  const { outlet, ref, visitor } = watcher;
  switch (topic.of) {
    case 'machines': return success(new StateWatch(outlet, ref, machinesState(needs, watcher)));
    case 'directives': return success(new StateWatch(outlet, ref, directivesState(needs, watcher)));
    case 'requests':
      if (!needs.authorizer.administers(visitor)) return failure('forbidden', 'requests are for administrators');
      return success(new StateWatch(outlet, ref, requestsState(needs, watcher)));
    case 'directive': {
      const [known] = await needs.directiveViews.read(visitor, { id: topic.directiveId, limit: 1 });
      if (known === undefined) return failure('no-such-directive', topic.directiveId);
      return success(new StateWatch(outlet, ref, directiveState(needs, watcher, topic.directiveId)));
    }
    case 'output': {
      const isKnown = needs.authorizer.mayReach(visitor, topic.agentId) && (await isTarget(needs.store.read, topic.directiveId, topic.agentId));
      return isKnown ? success(new OutputWatch(needs, outlet, { ...topic, ref })) : failure('no-such-directive', topic.directiveId);
    }
  }
}

/** A directive that the console has just given: no present state, since it has only begun. */
export function followNew(needs: TopicNeeds, directiveId: string, watcher: Watcher): { stop(): void } {
  return new StateWatch(watcher.outlet, watcher.ref, directiveState(needs, watcher, directiveId), true);
}

function machinesState({ bus, machineViews }: TopicNeeds, { ref, visitor }: Watcher): WatchedState {
  return {
    present: async () => (await machineViews.list(visitor)).map((machine) => ({ kind: 'machine', ref, machine })),
    follow: (tell) =>
      bus.subscribe('machine-changed', async ({ agentId }) => {
        const machine = await machineViews.find(visitor, agentId);
        if (machine !== undefined) tell({ kind: 'machine', ref, machine });
      }),
  };
}

function directivesState(needs: TopicNeeds, { ref, visitor }: Watcher): WatchedState {
  return {
    present: async () => (await needs.directiveViews.read(visitor, { limit: limits.directivesShown })).toReversed().map((directive) => ({ kind: 'directive', ref, directive })),
    follow: (tell) => {
      const stopAdded = followAdded(needs, { ref, visitor }, tell);
      const stopChanged = followChanges(needs, { ref, visitor }, tell);
      return () => {
        stopAdded();
        stopChanged();
      };
    },
  };
}

function directiveState(needs: TopicNeeds, { ref, visitor }: Watcher, directiveId: string): WatchedState {
  return {
    present: async () => (await needs.directiveViews.read(visitor, { id: directiveId, limit: 1 })).map((directive) => ({ kind: 'directive', ref, directive })),
    follow: (tell) => followChanges(needs, { ref, visitor, directiveId }, tell),
  };
}

function requestsState({ bus, invitations, authorizer }: TopicNeeds, { ref, visitor }: Watcher): WatchedState {
  return {
    present: async () => (await invitations.waiting()).map((request) => ({ kind: 'request', ref, request })),
    follow: (tell) =>
      bus.subscribe('key-requested', ({ request }) => {
        if (authorizer.administers(visitor)) tell({ kind: 'request', ref, request });
      }),
  };
}

type Following = { readonly ref: number; readonly visitor: Visitor; readonly directiveId?: string };
type Tell = (change: ToConsole) => void;

function followAdded({ bus, directiveViews }: TopicNeeds, { ref, visitor }: Following, tell: Tell): () => void {
  return bus.subscribe('directive-added', async ({ directive: stored }) => {
    const directive = await directiveViews.added(visitor, stored);
    if (directive !== undefined) tell({ kind: 'directive', ref, directive });
  });
}

/** Of one directive, or of all. */
function followChanges(needs: TopicNeeds, following: Following, tell: Tell): () => void {
  const stopTargets = followTargets(needs, following, tell);
  const stopCounts = followCounts(needs, following, tell);
  return () => {
    stopTargets();
    stopCounts();
  };
}

function followCounts({ bus, directiveViews }: TopicNeeds, { ref, visitor, directiveId: only }: Following, tell: Tell): () => void {
  return bus.subscribe('counts-changed', async ({ directiveId }) => {
    if (only !== undefined && only !== directiveId) return;
    const counts = await directiveViews.counts(visitor, directiveId);
    if (counts.length > 0) tell({ kind: 'counts', ref, directiveId, counts });
  });
}

function followTargets({ bus, authorizer }: TopicNeeds, following: Following, tell: Tell): () => void {
  const { ref, visitor, directiveId: only } = following;
  return bus.subscribe('target-changed', ({ directiveId, target }) => {
    const isWatched = (only === undefined || only === directiveId) && authorizer.mayReach(visitor, target.agentId);
    if (isWatched) tell({ kind: 'target', ref, directiveId, target });
  });
}
