import { useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import { auditSections } from '../../../../protocol/audit.ts';
import type { AuditSection } from '../../../../protocol/audit.ts';
import type { Machine } from '../../../../protocol/messages/live.ts';
import type { Audit } from '../../../client/audits.ts';
import { auditColumns, dueCertificates, endWords, sectionWords, withEnds } from '../../state/audit-words.ts';
import { failureOf } from '../../state/queries.ts';
import { useAuditRows } from '../../state/use-audits.ts';
import { counted, errorWords } from '../../state/words.ts';
import { Download } from '../../ui/download.tsx';
import { FailureNote, Note, SkeletonRows } from '../../ui/notes.tsx';
import { Section } from '../../ui/page.tsx';
import { ResultTable } from '../../ui/result-table.tsx';
import { useNow } from '../../ui/time.tsx';
import classes from './machine.module.css';

type SectionsProps = { readonly machine: Machine; readonly audit: Audit };

/** The rows of one section at a time. */
export function AuditSections({ machine, audit }: SectionsProps): ReactNode {
  const known = auditSections.filter((name) => audit.sections[name] !== undefined);
  const [wanted, setWanted] = useState<AuditSection>('software');
  const shown = known.includes(wanted) ? wanted : known[0];
  return (
    <>
      <DueCertificates machine={machine} audit={audit} onShow={() => setWanted('certificates')} />
      <div className={classes['sections']} role="group" aria-label="Sections">
        {known.map((name) => <button key={name} type="button" aria-pressed={name === shown} onClick={() => setWanted(name)}>{sectionWords[name]}</button>)}
      </div>
      {shown === undefined ? <p className="dim">Nothing could be looked at.</p> : <SectionRows key={shown} machine={machine} audit={audit} name={shown} />}
    </>
  );
}

function SectionRows({ machine, audit, name }: SectionsProps & { readonly name: AuditSection }): ReactNode {
  const { data, error } = useAuditRows(machine.id, audit.sections[name]);
  const day = useNow((now) => now - (now % 86_400_000));
  const rows = useMemo(() => (name === 'certificates' ? withEnds(data ?? [], day) : data ?? []), [data, name, day]);
  const columns = useMemo(() => auditColumns(rows), [rows]);
  if (error !== null) return <FailureNote {...errorWords(failureOf(error).code)} code={failureOf(error).code} detail={failureOf(error).detail} />;
  if (data === undefined) return <SkeletonRows rows={6} />;
  return (
    <Section title={sectionWords[name]} aside={<Download name={`${machine.name}-${name}`} entries={rows} columns={columns} />}>
      {rows.length === 0 ? <p className="dim">The machine has none.</p> : <ResultTable entries={rows} columns={columns} />}
    </Section>
  );
}

const namedAtMost = 4;

/** Said at the top whatever is shown below. */
function DueCertificates({ machine, audit, onShow }: SectionsProps & { readonly onShow: () => void }): ReactNode {
  const { data } = useAuditRows(machine.id, audit.sections.certificates);
  const now = useNow((nowMs) => nowMs - (nowMs % 3_600_000));
  const due = dueCertificates(data ?? [], now);
  if (due.length === 0) return null;
  const ended = due.filter(({ endsAtMs }) => endsAtMs < now).length;
  const title = ended === due.length ? `${counted(ended, 'certificate')} ended` : `${counted(due.length, 'certificate')} ended or end${due.length === 1 ? 's' : ''} within 30 days`;
  return (
    <Note tone={ended > 0 ? 'red' : 'amber'} title={title} action={<button type="button" className={classes['tool']} onClick={onShow}>Show certificates</button>}>
      <ul className={classes['due']}>
        {due.slice(0, namedAtMost).map(({ id, subject, endsAtMs }) => <li key={id}>{subject === '' ? id : subject}: {endWords(endsAtMs, now)} <span className="small">({id})</span></li>)}
        {due.length > namedAtMost ? <li>and {due.length - namedAtMost} more</li> : null}
      </ul>
    </Note>
  );
}
