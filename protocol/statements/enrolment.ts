/**
 * The enrolment string: everything a new machine must know to trust the right intermediary and the right owners, made
 * where an owner or administrator is and never by the intermediary. `behest1.` and base64url of strict JSON.
 */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { formOf } from '../form.ts';
import { base64Url, unbase64Url, utf8 } from '../bytes.ts';
import { limits } from '../limits.ts';
import { failure, success } from '../outcome.ts';
import type { Outcome } from '../outcome.ts';
import { Bytes32, Seconds } from './root.ts';
import { readStatement } from './strict-json.ts';

const prefix = 'behest1.';

export const Enrolment = Type.Object(
  {
    /** Where the intermediary may be reached, in the order to try. */
    addresses: Type.Array(Type.String({ minLength: 1, maxLength: 256 }), { minItems: 1, maxItems: 16 }),
    /** The intermediary's static X25519 key. */
    key: Bytes32,
    /** SHA-256 of the payload of root version 1, hex. */
    rootDigest: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    site: Type.String({ minLength: 1, maxLength: 80 }),
    enrolmentId: Type.String({ pattern: '^[0-9a-f]{32}$' }),
    /** The first chain secret of the channel. Whoever reads it can enrol a machine, and nothing else. */
    secret: Bytes32,
    notAfter: Seconds,
    uses: Type.Integer({ minimum: 1, maximum: limits.maxEnrolmentUses }),
    /** Certificate authority to pin, PEM; absent means that the public ones are trusted. */
    authority: Type.Optional(Type.String({ maxLength: 8192 })),
  },
  { additionalProperties: false },
);
export type Enrolment = Static<typeof Enrolment>;

const form = formOf(Enrolment);

/** The string to hand over. */
export function encodeEnrolment(enrolment: Enrolment): string {
  return prefix + base64Url(utf8(JSON.stringify(enrolment)));
}

/** Reads it, white space around it forgiven. Fails with `enrolment-malformed`, or `enrolment-expired` when past `nowSeconds`. */
export function decodeEnrolment(text: string, nowSeconds: number): Outcome<Enrolment> {
  const trimmed = text.trim();
  if (!trimmed.startsWith(prefix) || trimmed.length > limits.maxEnrolmentBytes) return failure('enrolment-malformed', `does not begin with ${prefix}, or is too long`);
  const payload = unbase64Url(trimmed.slice(prefix.length));
  if (payload === undefined) return failure('enrolment-malformed', 'damaged: not base64url');
  const enrolment = readStatement(form, payload, { floats: 'refused' });
  if (!enrolment.ok) return failure('enrolment-malformed', `damaged: ${enrolment.detail}`);
  return enrolment.value.notAfter < nowSeconds ? failure('enrolment-expired', `valid until ${new Date(enrolment.value.notAfter * 1000).toISOString()}`) : success(enrolment.value);
}
