/**
 * The checks before a directive is taken. The agent checks all of it again and only its word counts; here they spare
 * everybody a directive that would be refused anyway, and keep people from reaching what is not theirs to see.
 */
import { base64Url } from '../../protocol/bytes.ts';
import type { Clock } from '../../protocol/clock.ts';
import type { Envelope } from '../../protocol/envelope.ts';
import { parseCron } from '../../protocol/cron.ts';
import { limits } from '../../protocol/limits.ts';
import { failure, success } from '../../protocol/outcome.ts';
import type { Failure, Outcome } from '../../protocol/outcome.ts';
import { risks, whyMissing } from '../../protocol/primitive.ts';
import type { Risk } from '../../protocol/primitive.ts';
import { cancelType, directiveType } from '../../protocol/statements/directive.ts';
import type { Cancel, Directive, Target } from '../../protocol/statements/directive.ts';
import { verifySignature } from '../../protocol/statements/dsse.ts';
import { merkleTree } from '../../protocol/statements/merkle.ts';
import type { MerkleTree } from '../../protocol/statements/merkle.ts';
import { approved, findKey, mayReach, permits } from '../../protocol/statements/policy-rules.ts';
import type { KeyHolder } from '../../protocol/statements/policy-rules.ts';
import type { Policy } from '../../protocol/statements/policy.ts';
import { readCancel, readDirective } from '../../protocol/statements/read.ts';
import type { MachineIndex } from '../store/machine-index.ts';

export type Rules = { readonly policy: Policy; readonly machines: MachineIndex; readonly clock: Clock };

/** A directive that may be taken. */
export type Submission = { readonly directive: Directive; readonly envelope: Envelope; readonly targets: readonly Target[]; readonly tree: MerkleTree };

/** Holds what `personId` hands in against signatures, policy and its own targets. */
export async function checkSubmission(rules: Rules, personId: string, offer: { readonly envelope: Envelope; readonly targets: readonly Target[] }): Promise<Outcome<Submission>> {
  const { envelope, targets } = offer;
  if (envelope.payloadType !== directiveType) return failure('statement-type-unknown', envelope.payloadType);
  const signers = await signersOf(rules, personId, envelope);
  if (!signers.ok) return signers;
  const read = readDirective(envelope.payload);
  if (!read.ok) return read;
  const directive = read.value;
  const ageing = checkLife(rules, directive, targets);
  if (ageing !== undefined) return ageing;
  const allowed = await checkTargets(rules, directive, { personId, targets, signers: signers.value });
  if (allowed !== undefined) return allowed;
  const tree = await merkleTree(targets);
  const isWhole = targets.length === directive.targets.count && base64Url(tree.root) === directive.targets.root;
  return isWhole ? success({ directive, envelope, targets, tree }) : failure('not-addressed', 'the targets given are not those that were signed');
}

/** Holds a cancel against its signature and policy; that it fits its directive is the caller's to ask. */
export async function checkCancel(rules: Rules, personId: string, envelope: Envelope): Promise<Outcome<Cancel>> {
  if (envelope.payloadType !== cancelType) return failure('statement-type-unknown', envelope.payloadType);
  const signers = await signersOf(rules, personId, envelope);
  if (!signers.ok) return signers;
  const cancel = readCancel(envelope.payload);
  return cancel.ok ? (checkPolicyVersion(rules, cancel.value.policy) ?? cancel) : cancel;
}

/** Every key that signed must be good, and one of them must be of the person who hands it in. */
async function signersOf({ policy, clock }: Rules, personId: string, envelope: Envelope): Promise<Outcome<KeyHolder[]>> {
  const holders: KeyHolder[] = [];
  for (const { keyId } of envelope.signatures) {
    const holder = findKey(policy, keyId);
    if (holder === undefined) return failure('signer-unknown', `no key ${keyId}`);
    if (holder.key.notAfter * 1000 < clock.now()) return failure('signer-expired', `the key of ${holder.person.name} is past its time`);
    if (!(await verifySignature(envelope, holder.key))) return failure('signature-invalid', `not signed by ${keyId}`);
    holders.push(holder);
  }
  return holders.some(({ person }) => person.id === personId) ? success(holders) : failure('forbidden', 'it is signed by somebody else than who is signed in');
}

function checkLife(rules: Rules, { life, policy, issuedAt }: Directive, targets: readonly Target[]): Failure | undefined {
  const nowMs = rules.clock.now();
  const version = checkPolicyVersion(rules, policy);
  if (version !== undefined) return version;
  if (issuedAt * 1000 > nowMs + limits.clockSkewMs) return failure('issued-in-future', 'look at the clock of the console');
  const isInteractive = life.kind === 'interactive';
  if (targets.some(({ nonce }) => (nonce !== undefined) !== isInteractive)) return failure('not-addressed', 'a nonce belongs to interactive directives, and to them alone');
  if (life.kind === 'interactive') return undefined;
  if (life.notAfter * 1000 <= nowMs) return failure('expired', 'its end has passed');
  const cron = life.kind === 'standing' ? parseCron(life.schedule.cron) : undefined;
  if (cron?.ok === false) return cron;
  const longestMs = life.kind === 'standing' ? limits.maxStandingMs : limits.maxQueuedMs;
  return (life.notAfter - issuedAt) * 1000 > longestMs ? failure('life-too-long', 'from issue to end') : undefined;
}

/** One made under an older policy would still name rights that are gone; the console makes it anew. */
function checkPolicyVersion({ policy }: Rules, version: number): Failure | undefined {
  if (version > policy.version) return failure('policy-unknown', `made under version ${version}, in force is ${policy.version}`);
  return version < policy.version ? failure('policy-outdated', `made under version ${version}, in force is ${policy.version}`) : undefined;
}

type Asked = { readonly personId: string; readonly targets: readonly Target[]; readonly signers: readonly KeyHolder[] };

async function checkTargets(rules: Rules, directive: Directive, { personId, targets, signers }: Asked): Promise<Failure | undefined> {
  const { policy, machines } = rules;
  let highest: Risk = 'read';
  if (new Set(targets.map(({ agentId }) => agentId)).size !== targets.length) return failure('not-addressed', 'a machine stands twice');
  for (const { agentId } of targets) {
    const place = machines.get(agentId);
    // The same answer for what does not exist and for what is not theirs to know of.
    if (place === undefined || !mayReach(policy, personId, agentId, place.site)) return failure('no-such-machine', agentId);
    const primitives = await machines.primitivesOf(place);
    const risk = primitives?.get(directive.primitive)?.risk;
    if (primitives !== undefined && risk === undefined) return whyMissing(directive.primitive, primitives.keys(), `${agentId} has no ${directive.primitive}`);
    const refused = whoMayNot(policy, directive, { agentId, site: place.site, risk: risk ?? 'read', signers });
    if (refused !== undefined) return refused;
    if (risk !== undefined && risks.indexOf(risk) > risks.indexOf(highest)) highest = risk;
  }
  const approval = approved(policy, highest, signers);
  return approval.ok ? undefined : approval;
}

type Place = { readonly agentId: string; readonly site: string; readonly risk: Risk; readonly signers: readonly KeyHolder[] };

function whoMayNot(policy: Policy, { primitive, targets }: Directive, { signers, ...place }: Place): Failure | undefined {
  for (const { key } of signers) {
    const permitted = permits(policy, { keyId: key.id, ...place, primitive, targetCount: targets.count });
    if (!permitted.ok) return permitted;
  }
  return undefined;
}
