/**
 * CBOR in and out (RFC 8949), with the schema held against everything that arrives. Used by both programs and both
 * consoles, so that the four agree on every byte.
 */
import { Encoder, setSizeLimits } from 'cbor-x';
import type { TSchema, Static } from 'typebox';
import { formOf } from '../form.ts';
import { limits } from '../limits.ts';
import { failure, success } from '../outcome.ts';
import type { Outcome } from '../outcome.ts';

// The decoder makes room for as many items as a message claims: without this, five bytes cost a gigabyte.
setSizeLimits({ maxArraySize: limits.maxMessageItems, maxMapSize: limits.maxMessageItems, maxObjectSize: limits.maxMessageItems });

const cbor = new Encoder({ useRecords: false, mapsAsObjects: true, tagUint8Array: false, variableMapSize: true });

/** One message as CBOR. The result is the caller's own. */
export function encodeMessage(message: object): Uint8Array {
  return Uint8Array.from(cbor.encode(message));
}

/** A decoder for one family: bytes to a checked message, or `message-malformed` with the first thing that is wrong. */
export function messageDecoder<S extends TSchema>(schema: S): (bytes: Uint8Array) => Outcome<Static<S>> {
  const form = formOf(schema);
  return (bytes) => {
    let value: unknown;
    try {
      value = cbor.decode(bytes);
    } catch (error) {
      return failure('message-malformed', `not CBOR: ${error instanceof Error ? error.message : 'unreadable'}`);
    }
    return form.check(value) ? success(value) : failure('message-malformed', form.fault(value));
  };
}
