/**
 * The root and the policy in force, as the intermediary keeps them: fetched, checked against the owners, replaced.
 */
import { Type } from 'typebox';
import { failure, success } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import { fromJson, toJson } from '../../protocol/statements/envelope-json.ts';
import type { Envelope } from '../../protocol/envelope.ts';
import { acceptPolicy } from '../../protocol/statements/policy-rules.ts';
import type { Policy } from '../../protocol/statements/policy.ts';
import { readRoot } from '../../protocol/statements/read.ts';
import { signedByOwners } from '../../protocol/statements/root-chain.ts';
import type { Root } from '../../protocol/statements/root.ts';
import { anyAnswer, answerReader, withQuery } from './http.ts';
import type { Api } from './http.ts';

const readAnyJson = answerReader(Type.Unknown());

export type PolicyInForce = { readonly root: Root; readonly policy: Policy };

/** Root and policy, the policy checked against the owners that the root names. */
export async function policyInForce(api: Api): Promise<Outcome<PolicyInForce>> {
  const root = await rootAt(api, '/api/root');
  if (!root.ok) return root;
  const policyEnvelope = await envelopeAt(api, '/api/policy');
  if (!policyEnvelope.ok) return policyEnvelope;
  const policy = await acceptPolicy(root.value, undefined, policyEnvelope.value);
  return policy.ok ? success({ root: root.value, policy: policy.value }) : policy;
}

/** Puts an owner-signed policy in force; `conflict` when it is not the next after the one there. */
export function putPolicy(api: Api, envelope: Envelope): Promise<Outcome<void>> {
  return api.put('/api/policy', toJson(envelope), anyAnswer);
}

/** A root of the past, checked against the owners that it names. */
export function rootOfVersion(api: Api, version: number): Promise<Outcome<Root>> {
  return rootAt(api, withQuery('/api/root', { version }));
}

/** Puts the next owner-signed root in force; `root-refused` or `conflict` when it may not follow the one there. */
export function putRoot(api: Api, envelope: Envelope): Promise<Outcome<void>> {
  return api.put('/api/root', toJson(envelope), anyAnswer);
}

async function rootAt(api: Api, path: string): Promise<Outcome<Root>> {
  const envelope = await envelopeAt(api, path);
  if (!envelope.ok) return envelope;
  const root = readRoot(envelope.value.payload);
  if (!root.ok) return root;
  return (await signedByOwners(root.value, envelope.value)) ? root : failure('root-refused', 'its own owners have not signed it');
}

async function envelopeAt(api: Api, path: string): Promise<Outcome<Envelope>> {
  const answer = await api.get(path, readAnyJson);
  return answer.ok ? fromJson(JSON.stringify(answer.value)) : answer;
}
