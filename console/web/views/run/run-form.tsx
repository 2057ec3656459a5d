import { Button, SegmentedControl } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useCallback, useRef, useState } from 'react';
import type { KeyboardEvent, ReactNode } from 'react';
import type { Machine } from '../../../../protocol/messages/live.ts';
import type { PrimitiveDescription } from '../../../../protocol/primitive.ts';
import { lineOf } from '../../../client/machine-line.ts';
import { useRefusal } from '../../state/rights.ts';
import { useRunForm, waits } from '../../state/use-run-form.ts';
import { errorWords } from '../../state/words.ts';
import { CommandBox } from '../../ui/copy.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Key } from '../../ui/kbd.tsx';
import { FailureNote, Note } from '../../ui/notes.tsx';
import { RiskMark } from '../../ui/risk-mark.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';
import { ClockTime } from '../../ui/time.tsx';
import { ActConfirm } from './act-confirm.tsx';
import { ActWords } from './act-words.tsx';
import { PaceChoice } from './pace-choice.tsx';
import { RunResult } from './run-result.tsx';
import classes from './run.module.css';

export type RunFormProps = { readonly machines: readonly Machine[]; readonly primitive: PrimitiveDescription; readonly filled: Readonly<Record<string, unknown>> | undefined; readonly onBack: () => void };

/** The form of one primitive, beside it the same as a command; below, what came of it. */
export function RunForm({ machines, primitive, filled, onBack }: RunFormProps): ReactNode {
  const form = useRunForm(machines, primitive, filled);
  const refused = useRefusal(primitive, machines);
  const navigate = useNavigate();
  const [asking, setAsking] = useState(false);
  const result = useRef<HTMLDivElement>(null);
  const send = async (): Promise<void> => {
    setAsking(false);
    const sentId = await form.send();
    if (sentId !== undefined && machines.length > 1) void navigate({ to: '/work/$directiveId', params: { directiveId: sentId } });
    else result.current?.scrollIntoView({ block: 'nearest', behavior: 'smooth' });
  };
  const again = useOnce(() => void form.send());
  const act = (): void => {
    if (!form.check()) return;
    if (needsAsking(primitive, machines)) setAsking(true);
    else void send();
  };
  const sendByKey = (event: KeyboardEvent): void => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && refused === undefined) act();
  };
  const [only] = machines;
  return (
    <div className={classes['workbench']} onKeyDown={sendByKey}>
      <div className={classes['left']}>
        <div className={classes['formHead']}>
          <button type="button" className={classes['another']} onClick={onBack}>
            <Icon name="left" size={15} /> Others
          </button>
          <h2>{primitive.title}</h2>
          <code className="dim">{primitive.name}</code>
          <RiskMark risk={primitive.risk} />
        </div>
        <p className="dim">{primitive.description}</p>
        <SchemaForm required={form.model.required} optional={form.model.optional} values={form.values} errors={form.errors} onChange={form.change} />
        <WaitChoice machines={machines} waitMs={form.waitMs} onChange={form.setWait} />
        {machines.length > 1 ? <PaceChoice machines={machines.length} pace={form.pace} isRight={form.paceIsRight} onChange={form.setPace} /> : null}
        {refused === undefined ? null : <Note tone="amber" title="You cannot run this from here">{refused}</Note>}
        {form.failure === undefined ? null : <FailureNote {...errorWords(form.failure.code)} code={form.failure.code} detail={form.failure.detail} />}
        {asking ? (
          <ActConfirm primitive={primitive} machines={machines} onGo={() => void send()} onBack={() => setAsking(false)} />
        ) : (
          <div className={classes['go']}>
            <Button size="sm" leftSection={<Icon name="run" size={16} />} loading={form.sending} disabled={refused !== undefined} onClick={act}>
              Run <Key keys="mod+Enter" />
            </Button>
            <ActWords primitive={primitive} machines={machines} waits={form.waitMs !== undefined} />
          </div>
        )}
      </div>
      <div className={classes['right']}>
        <CommandBox text={form.command} />
        <div ref={result}>{form.sentId === undefined || only === undefined ? null : <RunResult key={form.sentId} directiveId={form.sentId} agentId={only.id} onStale={again} />}</div>
      </div>
    </div>
  );
}

/** A call that works the first time only, always the same function. */
function useOnce(act: () => void): () => void {
  const done = useRef(false);
  const newest = useRef(act);
  newest.current = act;
  return useCallback(() => {
    if (!done.current) newest.current();
    done.current = true;
  }, []);
}

/** A second question is asked when it is felt, cannot be undone, or goes to many with full power. */
function needsAsking({ risk }: PrimitiveDescription, machines: readonly Machine[]): boolean {
  return risk === 'disrupt' || risk === 'destroy' || (machines.length > 1 && risk !== 'read');
}

type WaitChoiceProps = { readonly machines: readonly Machine[]; readonly waitMs: number | undefined; readonly onChange: (ms: number) => void };

/** Asked only when it matters: some machine is off line, or between two calls. */
function WaitChoice({ machines, waitMs, onChange }: WaitChoiceProps): ReactNode {
  if (waitMs === undefined) return null;
  const away = machines.filter(({ online }) => !online);
  const polls = away.every((machine) => lineOf(machine, Date.now()) === 'polling');
  const state = polls ? 'between two calls' : 'off line';
  return (
    <div className={classes['life']}>
      <span>{machines.length === 1 ? `${machines[0]?.name ?? ''} is ${state}: it waits for it at most` : `${away.length} of ${machines.length} are ${state}: it waits for them at most`}</span>
      <SegmentedControl size="xs" value={String(waitMs)} onChange={(value) => onChange(Number(value))} data={waits.map(({ label, ms }) => ({ label, value: String(ms) }))} aria-label="How long it waits" />
      <span className="dim small">until <ClockTime atMs={Date.now() + waitMs} /></span>
    </div>
  );
}
