import { Button, SegmentedControl } from '@mantine/core';
import { useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import type { ContactScope } from '../../../../protocol/contact-settings.ts';
import type { ContactLayer, Machine } from '../../../../protocol/messages/live.ts';
import { spreadOf } from '../../../client/contact.ts';
import { useContactForm, useCovered } from '../../state/use-contact.ts';
import { counted, errorWords } from '../../state/words.ts';
import { CommandBox } from '../../ui/copy.tsx';
import { FailureNote, Note } from '../../ui/notes.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';
import { SignedBy } from '../run/act-words.tsx';
import classes from './machine.module.css';

export type ContactFormProps = { readonly machine: Machine; readonly layers: readonly ContactLayer[]; readonly onClose: () => void };

/** Changes settings for the machine or for all of its site, signed by the key of this browser. */
export function ContactFormView({ machine, layers, onClose }: ContactFormProps): ReactNode {
  const [reach, setReach] = useState<'agent' | 'site'>('agent');
  const scope: ContactScope = useMemo(() => (reach === 'agent' ? { agent: machine.id } : { site: machine.site }), [reach, machine.id, machine.site]);
  return (
    <div className={classes['contactForm']}>
      <SegmentedControl size="xs" aria-label="For whom" value={reach} onChange={(value) => setReach(value === 'site' ? 'site' : 'agent')} data={[{ value: 'agent', label: machine.name }, { value: 'site', label: `All of ${machine.site}` }]} />
      <ScopeForm key={reach} machine={machine} layers={layers} scope={scope} onClose={onClose} />
    </div>
  );
}

function ScopeForm({ machine, layers, scope, onClose }: ContactFormProps & { readonly scope: ContactScope }): ReactNode {
  const form = useContactForm(machine, layers, scope);
  const covered = useCovered(scope);
  const [version, setVersion] = useState<number>();
  const send = async (): Promise<void> => setVersion(await form.send());
  const canSend = form.refused === undefined && form.command !== undefined && Object.keys(form.errors).length === 0;
  return (
    <>
      <SchemaForm required={form.model.required} optional={form.model.optional} values={form.values} errors={form.errors} onChange={form.change} />
      {form.refused === undefined ? null : <Note tone="amber" title="You cannot set this from here">{form.refused}</Note>}
      {form.failure === undefined ? null : <FailureNote {...errorWords(form.failure.code)} code={form.failure.code} detail={form.failure.detail} />}
      <div className={classes['go']}>
        <Button size="sm" loading={form.sending} disabled={!canSend} onClick={() => void send()}>Set</Button>
        <Button size="sm" variant="default" onClick={onClose}>Close</Button>
        <span className="dim small">
          Acts on <strong>{'site' in scope ? `${counted(covered.length, 'machine')} of ${scope.site}` : machine.name}</strong>{'site' in scope ? ' and on those that join later' : ''}<SignedBy />
        </span>
      </div>
      {version === undefined ? null : <p role="status">{spreadWords(covered, scope, version)}</p>}
      {form.command === undefined ? null : <CommandBox text={form.command} />}
    </>
  );
}

function spreadWords(machines: readonly Machine[], scope: ContactScope, version: number): string {
  const { covered, holding, polling, offLine } = spreadOf(machines, { scope, version }, Date.now());
  return `In force on ${holding} of ${counted(covered, 'machine')}${polling > 0 ? `; ${polling} polling, due to call soon` : ''}${offLine > 0 ? `; ${offLine} off line` : ''}.`;
}
