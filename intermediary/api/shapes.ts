/** The pieces that the API's schemas share. */
import { Type } from 'typebox';
import type { Static, TProperties } from 'typebox';
import { base64 } from '../../protocol/bytes.ts';
import type { Envelope } from '../../protocol/envelope.ts';
import { limits } from '../../protocol/limits.ts';
import { targetStates } from '../../protocol/messages/live.ts';
import type { DirectiveRecord, DirectiveTarget } from '../../protocol/messages/live.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import { fromJson } from '../../protocol/statements/envelope-json.ts';
import { Problem } from './problem.ts';

export function exact<P extends TProperties>(properties: P) {
  return Type.Object(properties, { additionalProperties: false });
}

export const Id = Type.String({ pattern: '^[0-9a-f]{32}$', description: '128 bits, lower-case hex' });
export const Name = Type.String({ minLength: 1, maxLength: 80, pattern: '^\\S(.*\\S)?$', description: 'without spaces at its ends' });
/** Raw 32 bytes. */
export const Bytes32 = Type.String({ pattern: '^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$', description: '32 bytes, base64url' });

/** DSSE v1 in JSON. */
export const EnvelopeJson = exact({
  payloadType: Type.String({ maxLength: 128 }),
  payload: Type.String({ maxLength: 2 * limits.maxStatementBytes, description: 'base64' }),
  signatures: Type.Array(exact({ keyid: Id, sig: Type.String({ maxLength: 2 * limits.maxSignatureBytes, description: 'base64' }) }), { minItems: 1, maxItems: limits.maxSignatures }),
});
export type EnvelopeJson = Static<typeof EnvelopeJson>;

export const DirectiveTargetJson = exact({
  agentId: Id,
  state: Type.Enum(targetStates),
  changedAtMs: Type.Integer(),
  percent: Type.Optional(Type.Number()),
  note: Type.Optional(Type.String()),
  report: Type.Optional(EnvelopeJson),
});

export const DirectiveRecordJson = exact({
  id: Id,
  envelope: EnvelopeJson,
  submittedBy: exact({ personId: Id, name: Type.String() }),
  submittedAtMs: Type.Integer(),
  counts: Type.Array(exact({ state: Type.Enum(targetStates), count: Type.Integer() })),
  targets: Type.Array(DirectiveTargetJson, { description: `each machine; of more than ${limits.targetsShown} none, or the one asked for: see /targets` }),
});

/** What every route may answer besides its own. */
export const refusals = { '4xx': Problem, '5xx': Problem };

export function envelopeJson(envelope: Envelope): EnvelopeJson {
  return {
    payloadType: envelope.payloadType,
    payload: base64(envelope.payload),
    signatures: envelope.signatures.map(({ keyId, signature }) => ({ keyid: keyId, sig: base64(signature) })),
  };
}

export function readEnvelopeJson(json: EnvelopeJson): Outcome<Envelope> {
  return fromJson(JSON.stringify(json));
}

export function recordJson(record: DirectiveRecord): Static<typeof DirectiveRecordJson> {
  return { ...record, envelope: envelopeJson(record.envelope), targets: record.targets.map(targetJson) };
}

export function targetJson({ report, ...target }: DirectiveTarget): Static<typeof DirectiveTargetJson> {
  return report === undefined ? target : { ...target, report: envelopeJson(report) };
}
