import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Machine } from '../../../../protocol/messages/live.ts';
import type { Audit } from '../../../client/audits.ts';
import type { DirectiveView } from '../../state/client-port.ts';
import { isFinal } from '../../state/directive-summary.ts';
import { usePrimitives } from '../../state/queries.ts';
import { useRefusal } from '../../state/rights.ts';
import { useAuditNow, useLatestAudit } from '../../state/use-audits.ts';
import { errorWords } from '../../state/words.ts';
import classes from './machine.module.css';

type AuditNowProps = { readonly machine: Machine; readonly last: Audit | undefined };

/** Asks for an audit, and says how it goes. A machine that is away is audited when it is back. */
export function AuditNow({ machine, last }: AuditNowProps): ReactNode {
  const name = last === undefined ? 'audit.full' : 'audit.incremental';
  const primitives = usePrimitives(machine.id).data;
  const primitive = primitives?.find((each) => each.name === name);
  const refused = useRefusal(primitive ?? { name, title: name, description: '', risk: 'read', streams: 'output', platforms: [], params: {}, result: {} }, [machine]);
  const isMissing = primitives !== undefined && primitive === undefined;
  const act = useAuditNow(machine, last);
  const latest = useLatestAudit(machine.id);
  const target = latest?.targets.find(({ agentId }) => agentId === machine.id);
  const isRunning = target !== undefined && !isFinal(target.state);
  const why = isMissing ? 'The agent of this machine cannot audit it yet.' : refused ?? (act.failure === undefined ? undefined : `${errorWords(act.failure.code).what} ${act.failure.detail}`);
  return (
    <span className={classes['between']}>
      {why === undefined ? null : <span className="dim small" role="status">{why}</span>}
      {latest === undefined || why !== undefined ? null : <Progress directive={latest} machineId={machine.id} last={last} />}
      <Button size="xs" loading={act.sending || (isRunning && target.state === 'running')} disabled={isMissing || refused !== undefined || isRunning} onClick={() => void act.send()}>
        {machine.online ? 'Audit now' : 'Audit when it is back'}
      </Button>
    </span>
  );
}

/** Of the last one: under way, waiting, failed, or not in the history; nothing when it is the one shown. */
function Progress({ directive, machineId, last }: { readonly directive: DirectiveView; readonly machineId: string; readonly last: Audit | undefined }): ReactNode {
  const target = directive.targets.find(({ agentId }) => agentId === machineId);
  if (target === undefined) return null;
  const { state, percent, note, report } = target;
  const link = <Link to="/work/$directiveId" params={{ directiveId: directive.id }}>Its page →</Link>;
  if (!isFinal(state)) {
    const words = state === 'waiting' ? 'An audit waits for the machine.' : `Auditing… ${percent === undefined ? '' : `${Math.round(percent)}% `}${note ?? ''}`;
    return <span className="dim small" role="status">{words}</span>;
  }
  if (state !== 'succeeded') return <span className="small" role="status">The last audit did not succeed{report?.code === undefined ? '' : `: ${errorWords(report.code).what}`} {link}</span>;
  const isShown = last !== undefined && (last.directiveId === directive.id || last.atMs >= (report?.endedAtMs ?? 0));
  return isShown ? null : <span className="dim small" role="status">The last audit is not in the history: {link}</span>;
}
