/**
 * Contact settings: what is set for whom, what is in force after all of it, and setting it with a signature.
 */
import { Type } from 'typebox';
import type { Clock } from '../../protocol/clock.ts';
import { ContactSettings, covers, defaultContactSettings, reachOf } from '../../protocol/contact-settings.ts';
import type { ContactOverrides, ContactScope } from '../../protocol/contact-settings.ts';
import { ContactLayer } from '../../protocol/messages/live.ts';
import type { Machine } from '../../protocol/messages/live.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import { contactType } from '../../protocol/statements/contact.ts';
import type { ContactStatement } from '../../protocol/statements/contact.ts';
import { signStatement } from '../../protocol/statements/dsse.ts';
import type { Signer } from '../../protocol/statements/dsse.ts';
import { toJson } from '../../protocol/statements/envelope-json.ts';
import { answerReader, withQuery } from './http.ts';
import type { Api } from './http.ts';
import { lineOf } from './machine-line.ts';
import type { MachineLine } from './machine-line.ts';

const readLayers = answerReader(Type.Array(ContactLayer));
const readVersion = answerReader(Type.Object({ version: Type.Integer() }));

export type ContactField = keyof ContactSettings;
export const contactFields = Object.keys(ContactSettings.properties) as ContactField[];

/** One setting in force: its value, and the layer that it comes from; without one it is the default. */
export type SettingInForce = { readonly field: ContactField; readonly value: ContactSettings[ContactField]; readonly from: ContactLayer | undefined };

/** What is set for this scope and for those around it, from the farthest to the nearest. */
export function contactLayers(api: Api, scope: ContactScope): Promise<Outcome<ContactLayer[]>> {
  const where = 'agent' in scope ? { agent: scope.agent } : 'site' in scope ? { site: scope.site } : {};
  return api.get(withQuery('/api/contact', where), readLayers);
}

/** Each setting that these layers put in force, and where it comes from: the nearest layer that sets it. */
export function settingsInForce(layers: readonly ContactLayer[]): SettingInForce[] {
  return contactFields.map((field) => {
    const from = layers.findLast(({ overrides }) => overrides[field] !== undefined);
    return { field, value: from?.overrides[field] ?? defaultContactSettings[field], from };
  });
}

/** The layer of just this scope. */
export function layerOf(layers: readonly ContactLayer[], scope: ContactScope): ContactLayer | undefined {
  return layers.find((layer) => reachOf(layer.scope) === reachOf(scope));
}

export type SettingDesk = { readonly api: Api; readonly signer: Signer; readonly policyVersion: number; readonly clock: Clock };
export type Change = { readonly scope: ContactScope; /** All that the scope sets from now on. */ readonly overrides: ContactOverrides; /** That of the layer it follows; 0 if there is none. */ readonly after: number };

/** Signs settings and puts them in force; `conflict` when somebody else has set the scope meanwhile. */
export async function setContact({ api, signer, policyVersion, clock }: SettingDesk, { scope, overrides, after }: Change): Promise<Outcome<{ version: number }>> {
  const statement: ContactStatement = { scope, overrides, version: after + 1, policy: policyVersion, issuedAt: Math.floor(clock.now() / 1000) };
  return api.put('/api/contact', toJson(await signStatement(contactType, statement, [signer])), readVersion);
}

/** Changes some settings of a scope and leaves the others; tried again once when somebody else was quicker. */
export async function changeContact(desk: SettingDesk, scope: ContactScope, change: (present: ContactOverrides) => ContactOverrides): Promise<Outcome<{ version: number }>> {
  const attempt = async (): Promise<Outcome<{ version: number }>> => {
    const layers = await contactLayers(desk.api, scope);
    if (!layers.ok) return layers;
    const present = layerOf(layers.value, scope);
    return setContact(desk, { scope, overrides: change(present?.overrides ?? {}), after: present?.version ?? 0 });
  };
  const first = await attempt();
  return first.ok || first.code !== 'conflict' ? first : attempt();
}

export type Spread = { readonly covered: number; /** Hold this version, as they said themselves. */ readonly holding: number; /** Of those that do not hold it: due to call soon. */ readonly polling: number; /** And away. */ readonly offLine: number };

/** How far settings have come among the machines that they are for. */
export function spreadOf(machines: readonly Machine[], { scope, version }: { readonly scope: ContactScope; readonly version: number }, nowMs: number): Spread {
  const covered = machines.filter(({ id, site }) => covers(scope, { agentId: id, site }));
  const missing = covered.filter(({ contact }) => contact[reachOf(scope)] < version);
  const count = (line: MachineLine): number => missing.filter((machine) => lineOf(machine, nowMs) === line).length;
  return { covered: covered.length, holding: covered.length - missing.length, polling: count('polling'), offLine: count('off line') };
}
