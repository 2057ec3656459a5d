/**
 * Cancelling takes a signature too: of the directive's author, or of somebody who might have given the same directive.
 */
import { failure, success } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import type { Envelope } from '../../protocol/envelope.ts';
import { runPrimitive } from '../../protocol/procedure/steps.ts';
import { cancelType } from '../../protocol/statements/directive.ts';
import type { Cancel } from '../../protocol/statements/directive.ts';
import { verifySignature } from '../../protocol/statements/dsse.ts';
import { findKey, permits } from '../../protocol/statements/policy-rules.ts';
import type { KeyHolder } from '../../protocol/statements/policy-rules.ts';
import { readCancel, readDirective } from '../../protocol/statements/read.ts';
import type { JudgedPrimitive, Situation } from './candidate.ts';
import type { Entry, Ledger } from './ledger.ts';

type CancelSituation = Omit<Situation, 'ledger' | 'nonces' | 'platform'>;

/** The id of the unfinished directive that `envelope` may end. Each refusal has the code the same fault has in a directive. */
export async function judgeCancel(envelope: Envelope, situation: CancelSituation, ledger: Pick<Ledger, 'accepted'>): Promise<Outcome<string>> {
  const signer = await signerOf(envelope, situation);
  if (!signer.ok) return signer;
  const cancel = readCancel(envelope.payload);
  if (!cancel.ok) return cancel;
  const { directiveId, policy } = cancel.value;
  const seen = situation.policy?.version ?? 0;
  if (policy > seen) return failure('policy-unknown', `made under policy ${policy}, this agent has ${seen}`);
  const entry = ledger.accepted(directiveId);
  if (entry === undefined) return failure('no-such-directive', directiveId);
  return mayCancel(signer.value, entry, situation);
}

async function signerOf(envelope: Envelope, { policy, now }: CancelSituation): Promise<Outcome<KeyHolder>> {
  if (envelope.payloadType !== cancelType) return failure('statement-type-unknown', envelope.payloadType);
  const holder = policy === undefined ? undefined : findKey(policy, envelope.signatures[0]?.keyId ?? '');
  if (holder === undefined) return failure('signer-unknown', 'the policy does not know the key');
  if (holder.key.notAfter < now.latest) return failure('signer-expired', `the key of ${holder.person.name} is past its time`);
  return (await verifySignature(envelope, holder.key)) ? success(holder) : failure('signature-invalid', 'the signature does not hold');
}

async function mayCancel({ person, key }: KeyHolder, entry: Entry, situation: CancelSituation): Promise<Outcome<Cancel['directiveId']>> {
  const { policy, registry, agentId, site } = situation;
  if (entry.accepted === undefined || policy === undefined) return failure('no-such-directive', `${entry.id} has ended already`);
  if (entry.accepted.personId === person.id) return success(entry.id);
  const directive = readDirective(entry.accepted.payload);
  if (!directive.ok) return directive;
  const { primitive, params, targets } = directive.value;
  for (const { name, risk } of await deedsOf(primitive, params, registry)) {
    const answer = permits(policy, { keyId: key.id, agentId, site, primitive: name, risk, targetCount: targets.count });
    if (!answer.ok) return answer;
  }
  return success(entry.id);
}

/** All that giving the directive takes a right to; what is not known any more counts as the worst. */
async function deedsOf(name: string, params: unknown, registry: Situation['registry']): Promise<readonly Pick<JudgedPrimitive, 'name' | 'risk'>[]> {
  if (name !== runPrimitive) return [{ name, risk: (await registry(name))?.risk ?? 'destroy' }];
  const { stepsOf } = await import('./steps.ts');
  const steps = await stepsOf(params, registry);
  return steps.ok ? [{ name, risk: steps.value.risk }, ...steps.value.primitives] : [{ name, risk: 'destroy' }];
}
