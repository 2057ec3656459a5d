/** Signed statements as columns: CBOR, as they cross. */
import { encodeMessage, messageDecoder } from '../../protocol/messages/codec.ts';
import { Envelope } from '../../protocol/envelope.ts';
import type { Static } from 'typebox';

const decode = messageDecoder(Envelope);

export function envelopeColumn(envelope: Static<typeof Envelope>): Uint8Array {
  return encodeMessage(envelope);
}

/** A column that does not decode is damage, so it throws. */
export function readEnvelope(column: Uint8Array): Static<typeof Envelope> {
  const envelope = decode(column);
  if (envelope.ok) return envelope.value;
  throw new Error(`a stored envelope does not decode: ${envelope.detail}`);
}
