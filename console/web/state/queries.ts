/**
 * What is asked over HTTP and kept for a while: who I am, the policy, what a machine can do, older directives.
 */
import { queryOptions, useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import type { UseQueryResult } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { limits } from '../../../protocol/limits.ts';
import type { TargetState } from '../../../protocol/messages/live.ts';
import { success } from '../../../protocol/outcome.ts';
import type { Failure, Outcome } from '../../../protocol/outcome.ts';
import type { Signer } from '../../../protocol/statements/dsse.ts';
import type { PrimitiveDescription } from '../../../protocol/primitive.ts';
import type { Policy } from '../../../protocol/statements/policy.ts';
import type { ConsoleClient, DirectiveView, Me } from './client-port.ts';
import { useConsole, useMachine } from './console-context.ts';
import { isFinal } from './directive-summary.ts';
import { findSigner } from './page-keys.ts';

/** An expected failure on its way through the query library, which knows only exceptions. */
export class FailedRequest extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.detail);
    this.failure = failure;
  }
}

/** The failure that a query ended with. */
export function failureOf(error: unknown): Failure {
  if (error instanceof FailedRequest) return error.failure;
  return { ok: false, code: 'internal', detail: error instanceof Error ? error.message : 'unknown' };
}

export async function valueOf<T>(outcome: Promise<Outcome<T>>): Promise<T> {
  const settled = await outcome;
  if (!settled.ok) throw new FailedRequest(settled);
  return settled.value;
}

const minuteMs = 60_000;

export function useMe(): UseQueryResult<Me> {
  const { client } = useConsole();
  return useQuery({ queryKey: ['me'], queryFn: () => valueOf(client.me()), staleTime: minuteMs, retry: false });
}

/** The key of this browser that may sign for me; null when there is none here. */
export function useSigner(): UseQueryResult<Signer | null> {
  const me = useMe().data;
  return useQuery({
    queryKey: ['signer', me?.personId, me?.keys.map(({ keyId }) => keyId).join()],
    queryFn: async () => (me === undefined ? null : ((await findSigner(me)) ?? null)),
    enabled: me !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
    networkMode: 'always',
  });
}

export function usePolicy(): UseQueryResult<Policy> {
  const { client } = useConsole();
  return useQuery({ queryKey: ['policy'], queryFn: () => valueOf(client.policy()), staleTime: minuteMs });
}

/** What all machines with this digest can do, told for one of them: what a digest stands for never changes. */
export function primitivesQuery(client: ConsoleClient, digest: string | undefined, agentId: string) {
  return queryOptions({ queryKey: ['primitives', digest ?? agentId], queryFn: () => valueOf(client.primitives(agentId)), staleTime: digest === undefined ? minuteMs : Number.POSITIVE_INFINITY });
}

/** What one machine can do. */
export function usePrimitives(agentId: string | undefined): UseQueryResult<readonly PrimitiveDescription[]> {
  const { client } = useConsole();
  const digest = useMachine(agentId ?? '')?.primitives;
  return useQuery({ ...primitivesQuery(client, digest, agentId ?? ''), enabled: agentId !== undefined });
}

const pageRows = 100;

/** Directives older than the live ones, a page at a time. */
export function useHistory(agentId?: string) {
  const { client } = useConsole();
  return useInfiniteQuery({
    queryKey: ['history', agentId],
    initialPageParam: '',
    queryFn: ({ pageParam }) => valueOf(client.directives({ agentId, before: pageParam === '' ? undefined : pageParam, limit: pageRows })),
    getNextPageParam: (page) => (page.length < pageRows ? undefined : page.at(-1)?.id),
    staleTime: minuteMs,
  });
}

const targetRows = 200;
const readAgainMs = 3000;

/** Machines of a directive that has too many to be told one by one; read again while it is under way, and once more when it has ended. */
export function useTargetPages({ id, counts }: DirectiveView, state: TargetState | undefined) {
  const { client } = useConsole();
  const isOpen = counts !== undefined && counts.some((each) => !isFinal(each.state));
  const pages = useInfiniteQuery({
    queryKey: ['targets', id, state],
    initialPageParam: 0,
    queryFn: ({ pageParam }) => valueOf(client.targets(id, { state, offset: pageParam, limit: targetRows })),
    getNextPageParam: (page, before) => (page.length < targetRows ? undefined : before.length * targetRows),
    enabled: counts !== undefined,
    refetchInterval: isOpen ? readAgainMs : false,
  });
  const { refetch } = pages;
  const wasOpen = useRef(isOpen);
  useEffect(() => {
    if (wasOpen.current && !isOpen) void refetch();
    wasOpen.current = isOpen;
  }, [isOpen, refetch]);
  return pages;
}

/** Every machine of a directive in one of these states. */
export async function targetsIn(client: ConsoleClient, { id, counts, targets }: DirectiveView, states: readonly TargetState[]): Promise<Outcome<readonly string[]>> {
  if (counts === undefined) return success(targets.filter(({ state }) => states.includes(state)).map(({ agentId }) => agentId));
  const found: string[] = [];
  for (const state of states) {
    for (let offset = 0, isLast = false; !isLast; offset += limits.maxPage) {
      const page = await client.targets(id, { state, offset, limit: limits.maxPage });
      if (!page.ok) return page;
      found.push(...page.value.map(({ agentId }) => agentId));
      isLast = page.value.length < limits.maxPage;
    }
  }
  return success(found);
}

/** Forgets everything that belonged to the person signed in. */
export function useForgetAll(): () => void {
  const queries = useQueryClient();
  return () => queries.clear();
}
