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
import { anyAnswer, answerReader } from './http.ts';
import type { Api } from './http.ts';

const readAnyJson = answerReader(Type.Unknown());

export type PolicyInForce = { readonly root: Root; readonly policy: Policy };

/** Root and policy, the policy checked against the owners that the root names. */
export async function policyInForce(api: Api): Promise<Outcome<PolicyInForce>> {
  const rootEnvelope = await envelopeAt(api, '/api/root');
  if (!rootEnvelope.ok) return rootEnvelope;
  const root = readRoot(rootEnvelope.value.payload);
  if (!root.ok) return root;
  if (!(await signedByOwners(root.value, rootEnvelope.value))) return failure('root-refused', 'its own owners have not signed it');
  const policyEnvelope = await envelopeAt(api, '/api/policy');
  if (!policyEnvelope.ok) return policyEnvelope;
  const policy = await acceptPolicy(root.value, undefined, policyEnvelope.value);
  return policy.ok ? success({ root: root.value, policy: policy.value }) : policy;
}

/** Puts an owner-signed policy in force; `conflict` when it is not the next after the one there. */
export function putPolicy(api: Api, envelope: Envelope): Promise<Outcome<void>> {
  return api.put('/api/policy', toJson(envelope), anyAnswer);
}

async function envelopeAt(api: Api, path: string): Promise<Outcome<Envelope>> {
  const answer = await api.get(path, readAnyJson);
  return answer.ok ? fromJson(JSON.stringify(answer.value)) : answer;
}
