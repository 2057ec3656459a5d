/**
 * Whether I may run something, before I try: the same rule that the agent applies, so that the form can say so.
 */
import { riskWithin } from '../../../protocol/primitive.ts';
import type { PrimitiveDescription, Risk } from '../../../protocol/primitive.ts';
import type { KeyKind, Policy } from '../../../protocol/statements/policy.ts';
import { useMe, usePolicy, useSigner } from './queries.ts';

export type SigningKey = { readonly keyId: string; readonly kind: KeyKind; readonly notAfterMs: number };

/** The key that will sign, with its kind and end; undefined while unknown, null when there is none here. */
export function useSigningKey(): SigningKey | null | undefined {
  const me = useMe().data;
  const signer = useSigner().data;
  if (signer === null || signer === undefined) return signer;
  const key = me?.keys.find(({ keyId }) => keyId === signer.keyId);
  return key === undefined ? undefined : { keyId: key.keyId, kind: key.kind, notAfterMs: key.notAfter * 1000 };
}

/** Why this key cannot sign this primitive; undefined when it can, as far as is known. */
export function useRefusal(primitive: PrimitiveDescription | undefined): string | undefined {
  const key = useSigningKey();
  const policy = usePolicy().data;
  if (primitive === undefined || key === undefined || policy === undefined) return undefined;
  if (key === null) return 'This browser holds no key of yours, so it cannot sign. Settings say how to get one.';
  return refusal(policy, key.kind, primitive.risk);
}

/** The highest risk that a kind of key may sign is a matter of the policy. */
export function refusal(policy: Policy, kind: KeyKind, risk: Risk): string | undefined {
  if (riskWithin(risk, policy.keyKinds[kind])) return undefined;
  const others = (['webauthn', 'cli'] as const).filter((other) => other !== kind && riskWithin(risk, policy.keyKinds[other]));
  const names = { webauthn: 'a security key', cli: 'the behest command on your own machine' };
  const help = others.length === 0 ? 'No kind of key may, under this policy.' : `Use ${others.map((other) => names[other]).join(' or ')}.`;
  return `A key made by a page may not sign “${risk}” (at most “${policy.keyKinds[kind]}”). ${help}`;
}
