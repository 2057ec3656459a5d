/**
 * The audits of a machine: the list, rows, what changed, whether the machine signed it, and asking for another.
 */
import { queryOptions, useQuery, useQueryClient } from '@tanstack/react-query';
import type { UseQueryResult } from '@tanstack/react-query';
import { useState } from 'react';
import type { AuditRow } from '../../../protocol/audit.ts';
import { limits } from '../../../protocol/limits.ts';
import type { Machine } from '../../../protocol/messages/live.ts';
import { success } from '../../../protocol/outcome.ts';
import type { Failure } from '../../../protocol/outcome.ts';
import { auditChanges } from '../../client/audits.ts';
import type { Audit, SectionChanges } from '../../client/audits.ts';
import type { ConsoleClient, DirectiveView } from './client-port.ts';
import { useConsole, useDirectives } from './console-context.ts';
import { isFinished } from './directive-summary.ts';
import { useSigner, valueOf } from './queries.ts';

const primitives = ['audit.full', 'audit.incremental'];

/** The output of an audit may come after its report: then the history has it a moment later. */
const againAfterMs = 2000;
const againAtMost = 5;

/** Newest first. Asked anew whenever an audit of the machine ends, whoever asked for it. */
export function useAudits(machineId: string): UseQueryResult<readonly Audit[]> {
  const { client } = useConsole();
  const ended = useLatestAudit(machineId, isFinished)?.id;
  return useQuery({
    queryKey: ['audits', machineId, ended],
    queryFn: () => valueOf(client.audits(machineId, { limit: limits.maxAuditsKept })),
    placeholderData: (before) => before,
    refetchInterval: ({ state }) => (ended === undefined || state.dataUpdateCount >= againAtMost || state.data?.some(({ directiveId }) => directiveId === ended) !== false ? false : againAfterMs),
  });
}

/** The audit of this machine that was asked for last, of those that are live in this page. */
export function useLatestAudit(machineId: string, is: (directive: DirectiveView) => boolean = () => true): DirectiveView | undefined {
  const { byId } = useDirectives();
  let latest: DirectiveView | undefined;
  for (const each of byId.values()) {
    const isOf = primitives.includes(each.primitive) && each.targets.some(({ agentId }) => agentId === machineId) && is(each);
    if (isOf && each.submittedAtMs > (latest?.submittedAtMs ?? 0)) latest = each;
  }
  return latest;
}

/** What a digest stands for never changes. */
function rowsQuery(client: ConsoleClient, machineId: string, digest: string) {
  return queryOptions({ queryKey: ['audit-rows', machineId, digest], queryFn: () => valueOf(client.auditRows(machineId, digest)), staleTime: Number.POSITIVE_INFINITY });
}

export function useAuditRows(machineId: string, digest: string | undefined): UseQueryResult<readonly AuditRow[]> {
  const { client } = useConsole();
  return useQuery({ ...rowsQuery(client, machineId, digest ?? ''), enabled: digest !== undefined });
}

export function useAuditChanges(machineId: string, from: Audit, to: Audit): UseQueryResult<readonly SectionChanges[]> {
  const { client } = useConsole();
  const queries = useQueryClient();
  const rowsOf = async (digest: string | undefined) => success(digest === undefined ? [] : await queries.fetchQuery(rowsQuery(client, machineId, digest)));
  return useQuery({ queryKey: ['audit-changes', machineId, from.digest, to.digest], queryFn: () => valueOf(auditChanges(rowsOf, { from, to })), staleTime: Number.POSITIVE_INFINITY });
}

/** Whether the machine signed the state shown; the error says why that is not known. */
export function useVerified(machineId: string, audit: Audit): UseQueryResult<true> {
  const { client } = useConsole();
  const verify = async (): Promise<true> => {
    await valueOf(client.verifyAudit(machineId, audit));
    return true;
  };
  return useQuery({ queryKey: ['audit-verified', machineId, audit.directiveId, audit.digest, audit.atMs], queryFn: verify, staleTime: Number.POSITIVE_INFINITY, retry: false });
}

export type AuditAct = { readonly sending: boolean; readonly failure: Failure | undefined; send(): Promise<void> };

/** An increment upon the last audit that is known; without one, a full audit. */
export function useAuditNow(machine: Machine, last: Audit | undefined): AuditAct {
  const { client } = useConsole();
  const signer = useSigner().data;
  const [sending, setSending] = useState(false);
  const [failed, setFailed] = useState<Failure>();
  const send = async (): Promise<void> => {
    if (signer === null || signer === undefined) return;
    const act = last === undefined ? { primitive: 'audit.full', params: {} } : { primitive: 'audit.incremental', params: { base: last.digest } };
    setSending(true);
    const given = await client.submit({ agentIds: [machine.id], ...act, ...(machine.online ? {} : { waitMs: limits.defaultQueuedMs }) }, signer);
    setSending(false);
    setFailed(given.ok ? undefined : given);
  };
  return { sending, failure: failed, send };
}
