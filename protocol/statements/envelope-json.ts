/**
 * The envelope as text, for files and REST: the standard JSON form of DSSE v1 (envelope.md), base64 with padding.
 */
import { Type } from 'typebox';
import { formOf } from '../form.ts';
import { base64, unbase64 } from '../bytes.ts';
import { Envelope } from '../envelope.ts';
import { limits } from '../limits.ts';
import { failure, success } from '../outcome.ts';
import type { Outcome } from '../outcome.ts';

const text = Type.String({ maxLength: 2 * limits.maxStatementBytes });
const Json = formOf(
  Type.Object(
    {
      payloadType: text,
      payload: text,
      signatures: Type.Array(Type.Object({ keyid: text, sig: text }, { additionalProperties: false }), { maxItems: limits.maxSignatures }),
    },
    { additionalProperties: false },
  ),
);
const envelopeForm = formOf(Envelope);

/** Compact JSON text. */
export function toJson(envelope: Envelope): string {
  return JSON.stringify({
    payloadType: envelope.payloadType,
    payload: base64(envelope.payload),
    signatures: envelope.signatures.map(({ keyId, signature }) => ({ keyid: keyId, sig: base64(signature) })),
  });
}

/** Reads what `toJson` wrote, or any DSSE v1 file with our key ids. Fails with `statement-malformed`. */
export function fromJson(json: string): Outcome<Envelope> {
  const value = parse(json);
  if (!Json.check(value)) return failure('statement-malformed', 'not a DSSE envelope in JSON');
  const envelope = {
    payloadType: value.payloadType,
    payload: unbase64(value.payload),
    signatures: value.signatures.map(({ keyid, sig }) => ({ keyId: keyid, signature: unbase64(sig) })),
  };
  return envelopeForm.check(envelope) ? success(envelope) : failure('statement-malformed', 'an envelope with a part that does not fit');
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
