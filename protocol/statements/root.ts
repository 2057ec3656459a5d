/**
 * The root: who the owners are, how many of them must sign, and which intermediary is theirs. Version N+1 is signed
 * under the rules of N and of N+1 (The Update Framework, section 5.3), so an agent that slept for years walks forward.
 */
import { Type } from 'typebox';
import type { Static } from 'typebox';

export const rootType = 'application/vnd.behest.root.v1+json';

/** Key id: first 16 bytes of SHA-256 over the raw public key, lower-case hex. */
export const KeyId = Type.String({ pattern: '^[0-9a-f]{32}$' });
/** base64url without padding. */
export const Base64Url = Type.String({ pattern: '^[A-Za-z0-9_-]*$', maxLength: 8192 });
/** Whole seconds since 1970. */
export const Seconds = Type.Integer({ minimum: 0, maximum: 2 ** 40 });
export const AgentId = Type.String({ pattern: '^[0-9a-f]{32}$' });

export const PublicKey = Type.Object(
  { id: KeyId, algorithm: Type.Literal('Ed25519'), /** raw 32 bytes */ key: Base64Url },
  { additionalProperties: false },
);
export type PublicKey = Static<typeof PublicKey>;

export const Root = Type.Object(
  {
    version: Type.Integer({ minimum: 1 }),
    issuedAt: Seconds,
    owners: Type.Array(PublicKey, { minItems: 1, maxItems: 32 }),
    /** Signatures of different owners that a root or a policy needs. */
    threshold: Type.Integer({ minimum: 1, maximum: 32 }),
    intermediary: Type.Object(
      { /** X25519, raw 32 bytes */ key: Base64Url, addresses: Type.Array(Type.String({ maxLength: 256 }), { minItems: 1, maxItems: 16 }) },
      { additionalProperties: false },
    ),
  },
  { additionalProperties: false },
);
export type Root = Static<typeof Root>;
