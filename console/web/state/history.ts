/**
 * Directives newest first: those the live socket tells, continued by older pages when somebody goes on reading.
 */
import { useMemo } from 'react';
import type { DirectiveView } from './client-port.ts';
import { useDirectives } from './console-context.ts';
import { useHistory } from './queries.ts';

export type History = {
  readonly directives: readonly DirectiveView[];
  readonly complete: boolean;
  readonly error: Error | null;
  readonly hasMore: boolean;
  readonly loading: boolean;
  loadMore(): void;
};

/** All of one machine, or of every machine one may see. The live record of a directive wins over the page's. */
export function useAllDirectives(agentId?: string): History {
  const live = useDirectives();
  const pages = useHistory(agentId);
  const directives = useMemo(() => {
    const byId = new Map<string, DirectiveView>();
    for (const directive of pages.data?.pages.flat() ?? []) byId.set(directive.id, directive);
    for (const directive of live.byId.values()) byId.set(directive.id, directive);
    return [...byId.values()]
      .filter(({ targets }) => agentId === undefined || targets.some((target) => target.agentId === agentId))
      .sort((left, right) => right.submittedAtMs - left.submittedAtMs);
  }, [live, pages.data, agentId]);
  return {
    directives,
    complete: live.complete && !pages.isLoading,
    error: pages.error,
    hasMore: pages.hasNextPage,
    loading: pages.isFetchingNextPage,
    loadMore: () => void pages.fetchNextPage(),
  };
}
