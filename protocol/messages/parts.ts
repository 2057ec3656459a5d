/**
 * The pieces that message schemas share.
 */
import { Type } from 'typebox';
import type { TProperties } from 'typebox';
import { limits } from '../limits.ts';

/** An object that has these properties and no others. */
export function exact<P extends TProperties>(properties: P) {
  return Type.Object(properties, { additionalProperties: false });
}

/** Bytes: exactly `length` of them, or at most `max`. */
export function bytes(length?: number, max: number = limits.maxControlBytes) {
  const fits = (value: unknown): boolean =>
    value instanceof Uint8Array && (length === undefined ? value.byteLength <= max : value.byteLength === length);
  return Type.Unsafe<Uint8Array>(Type.Refine(Type.Unknown(), fits));
}

/** 128 bits in lower-case hex: ids and nonces. */
export const hex32 = Type.String({ pattern: '^[0-9a-f]{32}$' });
/** 256 bits in lower-case hex: digests. */
export const hex64 = Type.String({ pattern: '^[0-9a-f]{64}$' });

export { Envelope } from '../envelope.ts';
