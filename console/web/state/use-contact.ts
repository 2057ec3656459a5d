/**
 * Contact settings of a machine: what is in force for it, and the form that changes them for it or for its site.
 */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { UseQueryResult } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { contactReaches, ContactSettings, covers, reachOf } from '../../../protocol/contact-settings.ts';
import type { ContactOverrides, ContactScope } from '../../../protocol/contact-settings.ts';
import type { ContactLayer, Machine } from '../../../protocol/messages/live.ts';
import type { Failure } from '../../../protocol/outcome.ts';
import { maySet } from '../../../protocol/statements/contact-rules.ts';
import { findKey } from '../../../protocol/statements/policy-rules.ts';
import { contactFields, layerOf, settingsInForce } from '../../client/contact.ts';
import { scopeWords, settingText, settingWords } from '../../client/contact-words.ts';
import { contactCommandLine } from './command-line.ts';
import { useConsole, useMachines } from './console-context.ts';
import { checkForm, paramsOf } from './form-check.ts';
import type { FormErrors, FormValues } from './form-check.ts';
import { formModel } from './form-model.ts';
import type { FormModel } from './form-model.ts';
import { usePolicy, useSigner, valueOf } from './queries.ts';
import { useSigningKey } from './rights.ts';
import { errorWords } from './words.ts';

/** What is set for the machine, its site and everywhere. Asked anew whenever the machine holds other versions. */
export function useContactLayers({ id, contact }: Machine): UseQueryResult<readonly ContactLayer[]> {
  const { client } = useConsole();
  return useQuery({ queryKey: ['contact', id, contact], queryFn: () => valueOf(client.contact(id)), placeholderData: (before) => before });
}

/** Machines that a scope covers, of those that I may see. */
export function useCovered(scope: ContactScope): readonly Machine[] {
  const { byId } = useMachines();
  return useMemo(() => [...byId.values()].filter(({ id, site }) => covers(scope, { agentId: id, site })), [byId, scope]);
}

export type ContactForm = {
  readonly model: FormModel;
  readonly values: FormValues;
  readonly errors: FormErrors;
  /** The same act as a command line; undefined while nothing is changed. */
  readonly command: string | undefined;
  readonly sending: boolean;
  readonly failure: Failure | undefined;
  /** Why my key may not; undefined when it may, as far as is known. */
  readonly refused: string | undefined;
  change(name: string, value: unknown): void;
  /** The version that is in force now; undefined when it was not taken. */
  send(): Promise<number | undefined>;
};

/** The form for one scope, filled with what is set there now. */
export function useContactForm(machine: Machine, layers: readonly ContactLayer[], scope: ContactScope): ContactForm {
  const { client } = useConsole();
  const queries = useQueryClient();
  const signer = useSigner().data;
  const present = layerOf(layers, scope);
  const model = useMemo(() => contactModel(layers, scope), [layers, scope]);
  const [values, setValues] = useState<FormValues>(() => ({ ...present?.overrides }));
  const [sending, setSending] = useState(false);
  const [failed, setFailed] = useState<Failure>();
  const errors = useMemo(() => checkForm(model, values), [model, values]);
  const overrides: ContactOverrides = useMemo(() => paramsOf(model, values), [model, values]);
  const refused = useSettingRefusal(machine, scope);
  const send = async (): Promise<number | undefined> => {
    if (signer === null || signer === undefined || Object.keys(errors).length > 0) return undefined;
    setSending(true);
    const done = await client.setContact({ scope, overrides, after: present?.version ?? 0 }, signer);
    setSending(false);
    setFailed(done.ok ? undefined : done);
    await queries.invalidateQueries({ queryKey: ['contact'] });
    return done.ok ? done.value.version : undefined;
  };
  const target = 'site' in scope ? { site: scope.site } : { machine: machine.name };
  return { model, values, errors, sending, failure: failed, refused, command: contactCommandLine(target, overrides, present?.overrides ?? {}), change: (name, value) => setValues((old) => ({ ...old, [name]: value })), send };
}

/** By the rule that agents ask too. */
function useSettingRefusal(machine: Machine, scope: ContactScope): string | undefined {
  const policy = usePolicy().data;
  const key = useSigningKey();
  const machines = useCovered(scope).length;
  if (key === null) return 'This browser holds no key of yours, so it cannot sign. Settings say how to get one.';
  const holder = policy === undefined || key === undefined ? undefined : findKey(policy, key.keyId);
  if (policy === undefined || holder === undefined) return undefined;
  const answer = maySet(policy, holder, scope, { siteOfAgent: machine.site, machines });
  if (answer.ok) return undefined;
  const { what, todo } = errorWords(answer.code);
  return `${what} ${answer.detail.charAt(0).toUpperCase()}${answer.detail.slice(1)}. ${todo}`;
}

/** Every field may stay empty; then what is set farther away counts, which its help says. */
function contactModel(layers: readonly ContactLayer[], scope: ContactScope): FormModel {
  const nearest = contactReaches.indexOf(reachOf(scope));
  const farther = settingsInForce(layers.filter((layer) => contactReaches.indexOf(reachOf(layer.scope)) < nearest));
  const properties = contactFields.map((field) => {
    const { value, from } = farther.find((each) => each.field === field) ?? {};
    const otherwise = `Left empty: ${settingText(field, value)} (${from === undefined ? 'default' : scopeWords(from.scope)}).`;
    return [field, { ...ContactSettings.properties[field], title: settingWords[field].label, description: `${settingWords[field].help} ${otherwise}` }] as const;
  });
  const { required, optional } = formModel({ properties: Object.fromEntries(properties) });
  const names = { type: 'string', pattern: `^(${ContactSettings.properties.order.items.enum.join('|')})$` };
  return { required, optional: optional.map((field) => (field.name === 'order' ? { ...field, kind: 'list', schema: { ...field.schema, items: names } } : field)) };
}
