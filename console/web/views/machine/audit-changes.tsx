import { NativeSelect } from '@mantine/core';
import { useContext, useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import type { Machine } from '../../../../protocol/messages/live.ts';
import type { Audit, SectionChanges } from '../../../client/audits.ts';
import { auditColumns, changeCounts, changeRows, sectionWords } from '../../state/audit-words.ts';
import { failureOf } from '../../state/queries.ts';
import { useAuditChanges } from '../../state/use-audits.ts';
import { errorWords } from '../../state/words.ts';
import { Download } from '../../ui/download.tsx';
import { FailureNote, SkeletonRows } from '../../ui/notes.tsx';
import { ResultTable } from '../../ui/result-table.tsx';
import { exactText, ZoneContext } from '../../ui/time.tsx';
import { Signed } from './audit-signed.tsx';
import classes from './machine.module.css';

/** What changed between two audits: the last two until others are chosen. */
export function AuditChanges({ machine, audits }: { readonly machine: Machine; readonly audits: readonly Audit[] }): ReactNode {
  const [fromId, setFrom] = useState<string>();
  const [toId, setTo] = useState<string>();
  const to = audits.find(({ directiveId }) => directiveId === toId) ?? audits[0];
  const from = audits.find(({ directiveId }) => directiveId === fromId) ?? audits[1];
  if (from === undefined || to === undefined) return null;
  return (
    <>
      <div className={classes['between']}>
        <Moment label="From" machine={machine} audits={audits} chosen={from} onChoose={setFrom} />
        <Moment label="To" machine={machine} audits={audits} chosen={to} onChoose={setTo} />
      </div>
      <Between machine={machine} from={from} to={to} />
    </>
  );
}

type MomentProps = { readonly label: string; readonly machine: Machine; readonly audits: readonly Audit[]; readonly chosen: Audit; readonly onChoose: (directiveId: string) => void };

/** One of the two, and whether the machine signed it. */
function Moment({ label, machine, audits, chosen, onChoose }: MomentProps): ReactNode {
  const zone = useContext(ZoneContext);
  const data = audits.map(({ directiveId, atMs }) => ({ value: directiveId, label: exactText(atMs, zone) }));
  return (
    <span className={classes['between']}>
      <span className="dim">{label}</span>
      <NativeSelect size="xs" aria-label={label} data={data} value={chosen.directiveId} onChange={(event) => onChoose(event.currentTarget.value)} />
      <Signed machineId={machine.id} audit={chosen} />
    </span>
  );
}

function Between({ machine, from, to }: { readonly machine: Machine; readonly from: Audit; readonly to: Audit }): ReactNode {
  const { data, error } = useAuditChanges(machine.id, from, to);
  if (error !== null) return <FailureNote {...errorWords(failureOf(error).code)} code={failureOf(error).code} detail={failureOf(error).detail} />;
  if (data === undefined) return <SkeletonRows rows={4} />;
  if (data.length === 0) return <p className="dim">Nothing changed between these two.</p>;
  return data.map((changes) => <Changes key={changes.section} machine={machine} changes={changes} />);
}

function Changes({ machine, changes }: { readonly machine: Machine; readonly changes: SectionChanges }): ReactNode {
  const rows = useMemo(() => changeRows(changes), [changes]);
  const columns = useMemo(() => auditColumns(rows), [rows]);
  return (
    <div>
      <div className={classes['between']}>
        <h3>{sectionWords[changes.section]}</h3>
        <span className="dim small">{changeCounts(changes)}</span>
        <Download name={`${machine.name}-${changes.section}-changes`} entries={rows} columns={columns} />
      </div>
      <ResultTable entries={rows} columns={columns} />
    </div>
  );
}
