/**
 * The envelope around every signed thing: DSSE v1. It signs the type and the exact bytes, so nothing is ever
 * canonicalised; the bytes are parsed once, after verification. It stands here because statements make it and messages
 * carry it.
 */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { limits } from './limits.ts';

/** Key id: first 16 bytes of SHA-256 over the raw public key, lower-case hex. */
export const KeyId = Type.String({ pattern: '^[0-9a-f]{32}$' });

function bytesUpTo(max: number) {
  return Type.Unsafe<Uint8Array>(Type.Refine(Type.Unknown(), (value) => value instanceof Uint8Array && value.byteLength <= max));
}

/** As it crosses in CBOR, still unverified. In JSON (files, REST) it is statements/envelope-json.ts. */
export const Envelope = Type.Object(
  {
    payloadType: Type.String({ maxLength: 128 }),
    payload: bytesUpTo(limits.maxStatementBytes),
    signatures: Type.Array(
      Type.Object({ keyId: KeyId, signature: bytesUpTo(limits.maxSignatureBytes) }, { additionalProperties: false }),
      { minItems: 1, maxItems: limits.maxSignatures },
    ),
  },
  { additionalProperties: false },
);
export type Envelope = Static<typeof Envelope>;
