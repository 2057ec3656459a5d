/**
 * What a machine is and has, as its last audit saw it, and what changed between two audits.
 */
import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Machine } from '../../../../protocol/messages/live.ts';
import type { Audit } from '../../../client/audits.ts';
import { failureOf } from '../../state/queries.ts';
import { useAudits } from '../../state/use-audits.ts';
import { errorWords, relativeTime } from '../../state/words.ts';
import { Empty, FailureNote, SkeletonRows } from '../../ui/notes.tsx';
import { PageBody, Section } from '../../ui/page.tsx';
import { ClockTime, RelativeTime } from '../../ui/time.tsx';
import { AuditChanges } from './audit-changes.tsx';
import { AuditNow } from './audit-now.tsx';
import { AuditSections } from './audit-sections.tsx';
import { Signed } from './audit-signed.tsx';
import classes from './machine.module.css';

export function AuditTab({ machine }: { readonly machine: Machine }): ReactNode {
  const audits = useAudits(machine.id);
  if (audits.error !== null && audits.data === undefined) {
    const { code, detail } = failureOf(audits.error);
    return <PageBody><FailureNote {...errorWords(code)} code={code} detail={detail} action={<Button variant="default" size="xs" onClick={() => void audits.refetch()}>Try again</Button>} /></PageBody>;
  }
  if (audits.data === undefined) return <SkeletonRows />;
  const [last] = audits.data;
  if (last === undefined) return <NeverAudited machine={machine} />;
  return <Audited machine={machine} audits={audits.data} last={last} />;
}

function NeverAudited({ machine }: { readonly machine: Machine }): ReactNode {
  return (
    <Empty icon="library" title="This machine has not been audited yet" actions={<AuditNow machine={machine} last={undefined} />}>
      An audit takes stock of hardware, software, users, services and more. Each one later shows what changed.
    </Empty>
  );
}

type AuditedProps = { readonly machine: Machine; readonly audits: readonly Audit[]; readonly last: Audit };

function Audited({ machine, audits, last }: AuditedProps): ReactNode {
  return (
    <PageBody wide>
      <div className={classes['auditHead']}>
        <span>Audited <RelativeTime atMs={last.atMs} words={relativeTime} /> <span className="dim">(<ClockTime atMs={last.atMs} />, {audits.length === 1 ? 'the only audit' : `${audits.length} audits kept`})</span></span>
        <Signed machineId={machine.id} audit={last} />
        <AuditNow machine={machine} last={last} />
      </div>
      <AuditSections machine={machine} audit={last} />
      <Section title="What changed">
        {audits.length < 2 ? <p className="dim">The next audit shows what changed since this one.</p> : <AuditChanges machine={machine} audits={audits} />}
      </Section>
    </PageBody>
  );
}
