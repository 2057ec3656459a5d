/**
 * Whether I may run something, before I try: by the one rule that the agent asks too, so that the form can say so.
 */
import type { Machine } from '../../../protocol/messages/live.ts';
import type { Failure } from '../../../protocol/outcome.ts';
import type { PrimitiveDescription } from '../../../protocol/primitive.ts';
import { permits } from '../../../protocol/statements/policy-rules.ts';
import type { KeyKind, Policy } from '../../../protocol/statements/policy.ts';
import { useMe, usePolicy, usePrimitives, useSigner } from './queries.ts';
import { errorWords } from './words.ts';

export type SigningKey = { readonly keyId: string; readonly kind: KeyKind; readonly notAfterMs: number };

/** The key that will sign, with its kind and end; undefined while unknown, null when there is none here. */
export function useSigningKey(): SigningKey | null | undefined {
  const me = useMe().data;
  const signer = useSigner().data;
  if (signer === null || signer === undefined) return signer;
  const key = me?.keys.find(({ keyId }) => keyId === signer.keyId);
  return key === undefined ? undefined : { keyId: key.keyId, kind: key.kind, notAfterMs: key.notAfter * 1000 };
}

/** Why this key cannot sign this for these machines; undefined when it can, as far as is known. */
export function useRefusal(primitive: PrimitiveDescription | undefined, machines: readonly Machine[]): string | undefined {
  const key = useSigningKey();
  const policy = usePolicy().data;
  if (key === undefined || policy === undefined || primitive === undefined) return undefined;
  if (key === null) return 'This browser holds no key of yours, so it cannot sign. Settings say how to get one.';
  const refused = firstRefusal(policy, key.keyId, primitive, machines);
  if (refused === undefined) return undefined;
  const { what, todo } = errorWords(refused.code);
  return `${what} ${refused.detail.charAt(0).toUpperCase()}${refused.detail.slice(1)}. ${todo}`;
}

/** The same for a primitive by its name, on one machine. */
export function useCannot(machine: Machine, name: string): string | undefined {
  const primitive = usePrimitives(machine.id).data?.find((each) => each.name === name);
  return useRefusal(primitive, [machine]);
}

/** The first machine for which the policy does not permit it decides. */
export function firstRefusal(policy: Policy, keyId: string, { name, risk }: PrimitiveDescription, machines: readonly Machine[]): Failure | undefined {
  const nowSeconds = Math.floor(Date.now() / 1000);
  for (const { id, site } of machines) {
    const answer = permits(policy, { keyId, nowSeconds, agentId: id, site, primitive: name, risk, targetCount: machines.length });
    if (!answer.ok) return answer;
  }
  return undefined;
}
