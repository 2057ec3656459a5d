/**
 * The root: who the owners are, how many of them must sign, and which intermediary is theirs. Version N+1 is signed
 * under the rules of N and of N+1 (The Update Framework, section 5.3), so an agent that slept for years walks forward.
 */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { KeyId } from '../envelope.ts';

export const rootType = 'application/vnd.behest.root.v1+json';

/** 32 bytes in base64url without padding: a raw key or a SHA-256 digest. */
export const Bytes32 = Type.String({ pattern: '^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$' });
/** Whole seconds since 1970. */
export const Seconds = Type.Integer({ minimum: 0, maximum: 2 ** 40 });
/** First 16 bytes of SHA-256 over the agent's raw identity key, lower-case hex. */
export const AgentId = Type.String({ pattern: '^[0-9a-f]{32}$' });

export const PublicKey = Type.Object(
  { id: KeyId, algorithm: Type.Literal('Ed25519'), key: Bytes32 },
  { additionalProperties: false },
);
export type PublicKey = Static<typeof PublicKey>;

/** Addresses in one root: while a fleet moves, the old ones stand behind the new. */
export const maxAddresses = 16;

export const Root = Type.Object(
  {
    version: Type.Integer({ minimum: 1 }),
    issuedAt: Seconds,
    owners: Type.Array(PublicKey, { minItems: 1, maxItems: 32 }),
    /** Signatures of different owners that a root or a policy needs. */
    threshold: Type.Integer({ minimum: 1, maximum: 32 }),
    intermediary: Type.Object(
      { /** X25519 */ key: Bytes32, addresses: Type.Array(Type.String({ maxLength: 256 }), { minItems: 1, maxItems: maxAddresses }) },
      { additionalProperties: false },
    ),
  },
  { additionalProperties: false },
);
export type Root = Static<typeof Root>;
