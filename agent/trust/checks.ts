/**
 * Everything a directive must pass before it may start, in this order: what costs nothing first, nothing is parsed
 * before its signature holds, and the ledger last. A check gives its own code and changes nothing but the candidate.
 */
import type { TSchema } from 'typebox';
import { formOf } from '../../protocol/form.ts';
import type { Form } from '../../protocol/form.ts';
import { unbase64Url } from '../../protocol/bytes.ts';
import { Envelope } from '../../protocol/envelope.ts';
import type { ErrorCode } from '../../protocol/errors.ts';
import { limits } from '../../protocol/limits.ts';
import { failure } from '../../protocol/outcome.ts';
import type { Failure } from '../../protocol/outcome.ts';
import { runPrimitive } from '../../protocol/procedure/steps.ts';
import { approvalsNeeded, approved, findKey, permits } from '../../protocol/statements/policy-rules.ts';
import type { KeyHolder, Requester } from '../../protocol/statements/policy-rules.ts';
import { directiveType } from '../../protocol/statements/directive.ts';
import { verifySignature } from '../../protocol/statements/dsse.ts';
import { proves } from '../../protocol/statements/merkle.ts';
import { readDirective } from '../../protocol/statements/read.ts';
import { oldestProtocolLevel, protocolLevel } from '../../protocol/version.ts';
import { established } from './candidate.ts';
import type { Candidate, JudgedPrimitive } from './candidate.ts';
import { skewSeconds } from './marks.ts';

type Verdict = Failure | undefined;

export type Check = {
  readonly name: string;
  /** Every code it can refuse with. */
  readonly codes: readonly ErrorCode[];
  /** Asked again at each firing of a standing directive, by the newest policy. */
  readonly isRepeated?: true;
  readonly check: (candidate: Candidate) => Verdict | Promise<Verdict>;
};

export const checks: readonly Check[] = [
  { name: 'size', codes: ['statement-too-large'], check: size },
  { name: 'form', codes: ['statement-malformed'], check: form },
  { name: 'payload type', codes: ['statement-type-unknown'], check: payloadType },
  { name: 'signer known', codes: ['policy-unknown', 'signer-unknown'], check: signerKnown, isRepeated: true },
  { name: 'signer not expired', codes: ['signer-expired'], check: signerNotExpired, isRepeated: true },
  { name: 'signature', codes: ['signature-invalid'], check: signature, isRepeated: true },
  { name: 'statement form', codes: ['statement-malformed'], check: statementForm, isRepeated: true },
  { name: 'level', codes: ['level-mismatch'], check: level, isRepeated: true },
  { name: 'addressed', codes: ['not-addressed'], check: addressed },
  { name: 'nonce current', codes: ['nonce-stale'], check: nonceCurrent },
  { name: 'clock sure', codes: ['clock-unsure'], check: clockSure },
  { name: 'not expired', codes: ['expired'], check: notExpired },
  { name: 'not from the future', codes: ['issued-in-future'], check: notFromTheFuture },
  { name: 'life not too long', codes: ['life-too-long'], check: lifeNotTooLong },
  { name: 'policy seen', codes: ['policy-unknown'], check: policySeen },
  { name: 'primitive known', codes: ['primitive-unknown', 'not-on-this-platform'], check: primitiveKnown, isRepeated: true },
  { name: 'stream supported', codes: ['stream-unsupported'], check: streamSupported },
  { name: 'permitted', codes: ['out-of-scope', 'primitive-denied', 'risk-denied', 'key-kind-denied', 'too-many-targets'], check: permitted, isRepeated: true },
  { name: 'parameters', codes: ['params-invalid'], check: parameters, isRepeated: true },
  { name: 'steps', codes: ['procedure-invalid', 'params-invalid', 'not-supported', 'not-on-this-platform', 'primitive-denied', 'risk-denied', 'key-kind-denied', 'too-many-targets'], check: steps, isRepeated: true },
  { name: 'approvals', codes: ['approvals-missing'], check: approvals, isRepeated: true },
  { name: 'schedule', codes: ['schedule-invalid', 'overloaded'], check: scheduleRead },
  { name: 'ledger room', codes: ['ledger-full', 'overloaded'], check: ({ situation }) => situation.ledger.room() },
  { name: 'replay', codes: ['replayed'], check: replay },
];

const envelopeForm = formOf(Envelope);

function size({ envelope }: Candidate): Verdict {
  if (envelope.payload.byteLength > limits.maxStatementBytes) return failure('statement-too-large', `${envelope.payload.byteLength} bytes`);
  return undefined;
}

function form({ envelope }: Candidate): Verdict {
  return envelopeForm.check(envelope) ? undefined : failure('statement-malformed', 'the envelope does not have its form');
}

function payloadType({ envelope }: Candidate): Verdict {
  return envelope.payloadType === directiveType ? undefined : failure('statement-type-unknown', envelope.payloadType);
}

function signerKnown(candidate: Candidate): Verdict {
  const { policy } = candidate.situation;
  if (policy === undefined) return failure('policy-unknown', 'no policy is known yet');
  const holders = candidate.envelope.signatures.map(({ keyId }) => findKey(policy, keyId));
  candidate.signers = [...new Set(holders.filter((holder) => holder !== undefined))];
  return candidate.signers.length > 0 ? undefined : failure('signer-unknown', `policy ${policy.version} knows none of the keys`);
}

function signerNotExpired(candidate: Candidate): Verdict {
  candidate.signers = candidate.signers.filter(({ key }) => key.notAfter >= candidate.situation.now.latest);
  return candidate.signers.length > 0 ? undefined : failure('signer-expired', 'every key that signed is past its time');
}

async function signature(candidate: Candidate): Promise<Verdict> {
  for (const holder of candidate.signers) {
    if (!(await verifySignature(candidate.envelope, holder.key))) continue;
    candidate.author = holder;
    return undefined;
  }
  return failure('signature-invalid', 'no signature holds');
}

function statementForm(candidate: Candidate): Verdict {
  const directive = readDirective(candidate.envelope.payload);
  if (!directive.ok) return directive;
  candidate.directive = directive.value;
  return undefined;
}

function level(candidate: Candidate): Verdict {
  const { level: made } = established(candidate.directive);
  return made >= oldestProtocolLevel && made <= protocolLevel ? undefined : failure('level-mismatch', `made for level ${made}, this agent speaks ${protocolLevel}`);
}

/** The leaf of an interactive directive holds a nonce; which one, the proof says and thereby proves. */
async function addressed(candidate: Candidate): Promise<Verdict> {
  const { targets, life } = established(candidate.directive);
  const { agentId } = candidate.situation;
  const { nonce } = candidate.proof;
  const root = unbase64Url(targets.root);
  if (root === undefined || (life.kind === 'interactive' && nonce === undefined)) return failure('not-addressed', 'the proof names no session');
  const target = life.kind === 'interactive' && nonce !== undefined ? { agentId, nonce } : { agentId };
  return (await proves(root, targets.count, target, candidate.proof)) ? undefined : failure('not-addressed', 'the proof does not lead to the signed targets');
}

function nonceCurrent({ directive, proof, situation }: Candidate): Verdict {
  if (established(directive).life.kind !== 'interactive' || situation.nonces.includes(proof.nonce ?? '')) return undefined;
  return failure('nonce-stale', 'made for an earlier session');
}

function clockSure({ directive, situation }: Candidate): Verdict {
  if (established(directive).life.kind === 'interactive' || !situation.now.wentBack) return undefined;
  return failure('clock-unsure', 'the clock stands before something that was signed already');
}

function notExpired({ directive, situation }: Candidate): Verdict {
  const { life } = established(directive);
  const { latest, forgottenUntil } = situation.now;
  if (life.kind === 'interactive' || (latest <= life.notAfter + skewSeconds && life.notAfter > forgottenUntil)) return undefined;
  return failure('expired', `valid until ${new Date(life.notAfter * 1000).toISOString()}`);
}

function notFromTheFuture({ directive, situation }: Candidate): Verdict {
  const { life, issuedAt } = established(directive);
  if (life.kind === 'interactive' || issuedAt <= situation.now.latest + skewSeconds) return undefined;
  return failure('issued-in-future', `issued ${issuedAt - situation.now.latest} s from now`);
}

function lifeNotTooLong({ directive }: Candidate): Verdict {
  const { life, issuedAt } = established(directive);
  if (life.kind === 'interactive') return undefined;
  const longest = life.kind === 'standing' ? limits.maxStandingMs : limits.maxQueuedMs;
  if (life.notAfter - issuedAt <= longest / 1000) return undefined;
  return failure('life-too-long', `valid for ${life.notAfter - issuedAt} s`);
}

function policySeen({ directive, situation }: Candidate): Verdict {
  const made = established(directive).policy;
  const seen = established(situation.policy).version;
  return made <= seen ? undefined : failure('policy-unknown', `made under policy ${made}, this agent has ${seen}`);
}

function primitiveKnown(candidate: Candidate): Verdict | Promise<Verdict> {
  const found = candidate.situation.registry(established(candidate.directive).primitive);
  return found instanceof Promise ? found.then((primitive) => knownHere(candidate, primitive)) : knownHere(candidate, found);
}

function knownHere(candidate: Candidate, primitive: JudgedPrimitive | undefined): Verdict {
  const { primitive: name } = established(candidate.directive);
  const { platform } = candidate.situation;
  if (primitive === undefined) return failure('primitive-unknown', name);
  candidate.primitive = primitive;
  return primitive.platforms.includes(platform) ? undefined : failure('not-on-this-platform', `${name} on ${platform}`);
}

function streamSupported({ directive, primitive }: Candidate): Verdict {
  const { streamKey, life } = established(directive);
  if (streamKey !== undefined && life.kind === 'standing') return failure('stream-unsupported', 'nobody is there when a standing directive fires');
  if (streamKey === undefined || established(primitive).streams === 'live') return undefined;
  return failure('stream-unsupported', `${established(primitive).name} has no live stream`);
}

function permitted(candidate: Candidate): Verdict {
  return permittedTo(candidate, { keyId: established(candidate.author).key.id });
}

/** The primitive, and every one that the steps of a procedure call. */
function permittedTo(candidate: Candidate, by: Requester): Verdict {
  const policy = established(candidate.situation.policy);
  const { agentId, site } = candidate.situation;
  const targetCount = established(candidate.directive).targets.count;
  for (const { name, risk } of [established(candidate.primitive), ...(candidate.steps ?? [])]) {
    const answer = permits(policy, { ...by, agentId, site, primitive: name, risk, targetCount });
    if (!answer.ok) return answer;
  }
  return undefined;
}

/** Compiling a schema costs a thousand times what using it does. */
const forms = new WeakMap<TSchema, Form<unknown>>();

function parameters({ directive, primitive }: Candidate): Verdict {
  const { params: schema } = established(primitive);
  const known = forms.get(schema) ?? formOf(schema);
  forms.set(schema, known);
  const { params } = established(directive);
  return known.check(params) ? undefined : failure('params-invalid', known.fault(params));
}

function steps(candidate: Candidate): Verdict | Promise<Verdict> {
  return established(candidate.primitive).name === runPrimitive ? stepsPermitted(candidate) : undefined;
}

/** A procedure has the risk of its worst step from here on, for the key that signed and for approvals. */
async function stepsPermitted(candidate: Candidate): Promise<Verdict> {
  const { platform, registry } = candidate.situation;
  // what only procedures and schedules need is loaded with the first of them: an agent that waits holds none of it
  const { stepsOf } = await import('./steps.ts');
  const known = await stepsOf(established(candidate.directive).params, registry);
  if (!known.ok) return known;
  const { risk, primitives } = known.value;
  const foreign = primitives.find(({ platforms }) => !platforms.includes(platform));
  if (foreign !== undefined) return failure('not-on-this-platform', `${foreign.name} on ${platform}`);
  candidate.steps = primitives;
  candidate.primitive = { ...established(candidate.primitive), risk };
  return permitted(candidate);
}

/** Approving takes the same rights as asking, whatever the kind of key; only what is needed is verified. */
function approvals(candidate: Candidate): Verdict | Promise<Verdict> {
  const policy = established(candidate.situation.policy);
  return approvalsNeeded(policy, established(candidate.primitive).risk) > 1 ? approvalsOf(candidate) : undefined;
}

async function approvalsOf(candidate: Candidate): Promise<Verdict> {
  const policy = established(candidate.situation.policy);
  const standing: KeyHolder[] = [established(candidate.author)];
  for (const holder of candidate.signers) {
    const mayApprove = holder !== candidate.author && permittedTo(candidate, { personId: holder.person.id }) === undefined;
    if (mayApprove && (await verifySignature(candidate.envelope, holder.key))) standing.push(holder);
  }
  const answer = approved(policy, established(candidate.primitive).risk, standing);
  return answer.ok ? undefined : answer;
}

function scheduleRead({ directive, situation }: Candidate): Verdict | Promise<Verdict> {
  const { life } = established(directive);
  return life.kind === 'standing' ? scheduleHasForm(life.schedule, situation) : undefined;
}

async function scheduleHasForm({ cron: text }: { readonly cron: string }, situation: Candidate['situation']): Promise<Verdict> {
  const { nextMatch, parseCron } = await import('../../protocol/cron.ts');
  const cron = parseCron(text);
  if (!cron.ok) return cron;
  if (nextMatch(cron.value, 'UTC', situation.now.latest * 1000) === undefined) return failure('schedule-invalid', `${text}: there is no such day`);
  return situation.standing < limits.maxStandingDirectives ? undefined : failure('overloaded', `${situation.standing} standing directives are kept`);
}

/** The same bytes again are no replay: they are answered with what became of them (admission.ts). */
function replay({ directive, digest, situation }: Candidate): Verdict {
  const { id } = established(directive);
  return situation.ledger.knowsOther(id, digest) ? failure('replayed', `another directive with the id ${id} was accepted`) : undefined;
}
