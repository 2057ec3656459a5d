/**
 * The envelope around every signed thing: DSSE v1. It signs the type and the exact bytes, so nothing is ever
 * canonicalised; the bytes are parsed once, after verification.
 */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { limits } from '../limits.ts';
import { KeyId } from './root.ts';

/** As it crosses in CBOR. In JSON (files, REST) `payload` and `signature` are base64, see envelope-json.ts. */
export const Envelope = Type.Object(
  {
    payloadType: Type.String({ maxLength: 128 }),
    payload: Type.Unsafe<Uint8Array>(Type.Refine(Type.Unknown(), (value) => value instanceof Uint8Array && value.byteLength <= limits.maxStatementBytes)),
    signatures: Type.Array(
      Type.Object(
        { keyId: KeyId, signature: Type.Unsafe<Uint8Array>(Type.Refine(Type.Unknown(), (value) => value instanceof Uint8Array && value.byteLength <= 512)) },
        { additionalProperties: false },
      ),
      { minItems: 1, maxItems: limits.maxSignatures },
    ),
  },
  { additionalProperties: false },
);
export type Envelope = Static<typeof Envelope>;
