/**
 * Everything that signed contact settings must pass before this machine keeps to them, in this order; nothing is parsed
 * before its signature holds. A check gives its own code and changes nothing but the candidate.
 */
import { covers, reachOf } from '../../protocol/contact-settings.ts';
import type { ContactVersions } from '../../protocol/contact-settings.ts';
import type { Envelope } from '../../protocol/envelope.ts';
import type { ErrorCode } from '../../protocol/errors.ts';
import { failure } from '../../protocol/outcome.ts';
import type { Failure } from '../../protocol/outcome.ts';
import { maySet } from '../../protocol/statements/contact-rules.ts';
import { contactType } from '../../protocol/statements/contact.ts';
import type { ContactStatement } from '../../protocol/statements/contact.ts';
import { verifySignature } from '../../protocol/statements/dsse.ts';
import { findKey } from '../../protocol/statements/policy-rules.ts';
import type { KeyHolder } from '../../protocol/statements/policy-rules.ts';
import { readContact } from '../../protocol/statements/read.ts';
import { established } from './candidate.ts';
import type { Situation } from './candidate.ts';

export type ContactSituation = Pick<Situation, 'agentId' | 'site' | 'policy' | 'now'> & { readonly held: ContactVersions };

export type ContactCandidate = {
  readonly envelope: Envelope;
  readonly situation: ContactSituation;
  /** Holder of the key that the first signature names: settings have one author. */
  signer?: KeyHolder;
  statement?: ContactStatement;
};

type Verdict = Failure | undefined;

export type ContactCheck = {
  readonly name: string;
  /** Every code it can refuse with. */
  readonly codes: readonly ErrorCode[];
  readonly check: (candidate: ContactCandidate) => Verdict | Promise<Verdict>;
};

export const contactChecks: readonly ContactCheck[] = [
  { name: 'payload type', codes: ['statement-type-unknown'], check: payloadType },
  { name: 'signer known', codes: ['policy-unknown', 'signer-unknown'], check: signerKnown },
  { name: 'signer not expired', codes: ['signer-expired'], check: signerNotExpired },
  { name: 'signature', codes: ['signature-invalid'], check: signature },
  { name: 'statement form', codes: ['statement-malformed'], check: statementForm },
  { name: 'addressed', codes: ['not-addressed'], check: addressed },
  { name: 'policy seen', codes: ['policy-unknown'], check: policySeen },
  { name: 'permitted', codes: ['out-of-scope', 'primitive-denied', 'risk-denied', 'key-kind-denied', 'approvals-missing'], check: permitted },
  { name: 'newer', codes: ['settings-outdated'], check: newer },
];

function payloadType({ envelope }: ContactCandidate): Verdict {
  return envelope.payloadType === contactType ? undefined : failure('statement-type-unknown', envelope.payloadType);
}

function signerKnown(candidate: ContactCandidate): Verdict {
  const { policy } = candidate.situation;
  if (policy === undefined) return failure('policy-unknown', 'no policy is known yet');
  const holder = findKey(policy, candidate.envelope.signatures[0]?.keyId ?? '');
  if (holder === undefined) return failure('signer-unknown', `policy ${policy.version} does not know the key`);
  candidate.signer = holder;
  return undefined;
}

function signerNotExpired({ signer, situation }: ContactCandidate): Verdict {
  const { key, person } = established(signer);
  return key.notAfter >= situation.now.latest ? undefined : failure('signer-expired', `the key of ${person.name} is past its time`);
}

async function signature({ envelope, signer }: ContactCandidate): Promise<Verdict> {
  return (await verifySignature(envelope, established(signer).key)) ? undefined : failure('signature-invalid', 'the signature does not hold');
}

function statementForm(candidate: ContactCandidate): Verdict {
  const statement = readContact(candidate.envelope.payload);
  if (!statement.ok) return statement;
  candidate.statement = statement.value;
  return undefined;
}

function addressed({ statement, situation }: ContactCandidate): Verdict {
  return covers(established(statement).scope, situation) ? undefined : failure('not-addressed', 'the settings are for other machines');
}

function policySeen({ statement, situation }: ContactCandidate): Verdict {
  const made = established(statement).policy;
  const seen = established(situation.policy).version;
  return made <= seen ? undefined : failure('policy-unknown', `made under policy ${made}, this agent has ${seen}`);
}

/** How many machines a site has, the agent does not know: the intermediary holds the signer to that. */
function permitted({ statement, signer, situation }: ContactCandidate): Verdict {
  const answer = maySet(established(situation.policy), established(signer), established(statement).scope, { siteOfAgent: situation.site, machines: 1 });
  return answer.ok ? undefined : answer;
}

function newer({ statement, situation }: ContactCandidate): Verdict {
  const { scope, version } = established(statement);
  const held = situation.held[reachOf(scope)];
  return version > held ? undefined : failure('settings-outdated', `version ${version} where ${held} is held`);
}
