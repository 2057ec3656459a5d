/**
 * What crosses in a session. Each record is a sequence of these CBOR items, each an array whose first entry is its kind:
 *
 *   hello        [0, sessionId 16 bytes | null, received]     alone in the first record of each direction
 *   numbered     [1, number, body]
 *   acknowledge  [2, received]                                cumulative
 *   ping, pong   [3]  [4]
 *   bye          [5, code]                                    the session is over; nothing follows
 *
 * Bodies, which are numbered, kept until acknowledged, and sent again after a cut:
 *
 *   part    [0, priority, more to come?, bytes]               of a message; messages of one priority do not mix
 *   open    [1, stream, priority, label]
 *   data    [2, stream, bytes]
 *   credit  [3, stream, bytes]
 *   end     [4, stream]
 *   reset   [5, stream, code]
 *
 * A priority is 0 interactive, 1 normal, 2 bulk; a code is a text of the error catalogue.
 */
import { isErrorCode } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import { limits } from '../limits.ts';
import { failure, success } from '../outcome.ts';
import type { Outcome } from '../outcome.ts';
import { CborReader, CborWriter } from './cbor.ts';

/** Keystrokes and acknowledgements; directives and reports; output and uploads. */
export const priorities = ['interactive', 'normal', 'bulk'] as const;
export type Priority = (typeof priorities)[number];

export type Body =
  | { readonly kind: 'part'; readonly priority: Priority; readonly isMore: boolean; readonly bytes: Uint8Array }
  | { readonly kind: 'open'; readonly stream: number; readonly priority: Priority; readonly label: Uint8Array }
  | { readonly kind: 'data'; readonly stream: number; readonly bytes: Uint8Array }
  | { readonly kind: 'credit'; readonly stream: number; readonly bytes: number }
  | { readonly kind: 'end'; readonly stream: number }
  | { readonly kind: 'reset'; readonly stream: number; readonly code: ErrorCode };

export type StreamBody = Exclude<Body, { kind: 'part' }>;

export type Hello = { readonly kind: 'hello'; readonly sessionId: Uint8Array | null; readonly received: number };

export type SessionMessage =
  | Hello
  | { readonly kind: 'numbered'; readonly number: number; readonly body: Body }
  | { readonly kind: 'acknowledge'; readonly received: number }
  | { readonly kind: 'ping' }
  | { readonly kind: 'pong' }
  | { readonly kind: 'bye'; readonly code: ErrorCode };

export const sessionIdBytes = 16;

const kinds = { hello: 0, numbered: 1, acknowledge: 2, ping: 3, pong: 4, bye: 5 } as const;
const bodies = { part: 0, open: 1, data: 2, credit: 3, end: 4, reset: 5 } as const;

/** Shared by all sessions: each function below leaves it empty before it returns. */
const writer = new CborWriter(limits.maxRecordBytes);

export const ping: Uint8Array = writer.array(1).unsigned(kinds.ping).take();
export const pong: Uint8Array = writer.array(1).unsigned(kinds.pong).take();

export function encodeHello(sessionId: Uint8Array | null, received: number): Uint8Array {
  writer.array(3).unsigned(kinds.hello);
  (sessionId === null ? writer.null() : writer.bytes(sessionId)).unsigned(received);
  return writer.take();
}

export function encodeAcknowledge(received: number): Uint8Array {
  return writer.array(2).unsigned(kinds.acknowledge).unsigned(received).take();
}

export function encodeBye(code: ErrorCode): Uint8Array {
  return writer.array(2).unsigned(kinds.bye).text(code).take();
}

export function encodeNumbered(number: number, body: Body): Uint8Array {
  writer.array(3).unsigned(kinds.numbered).unsigned(number);
  writeBody(body);
  return writer.take();
}

function writeBody(body: Body): void {
  switch (body.kind) {
    case 'part':
      writer.array(4).unsigned(bodies.part).unsigned(priorities.indexOf(body.priority)).boolean(body.isMore).bytes(body.bytes);
      break;
    case 'open':
      writer.array(4).unsigned(bodies.open).unsigned(body.stream).unsigned(priorities.indexOf(body.priority)).bytes(body.label);
      break;
    case 'data':
      writer.array(3).unsigned(bodies.data).unsigned(body.stream).bytes(body.bytes);
      break;
    case 'credit':
      writer.array(3).unsigned(bodies.credit).unsigned(body.stream).unsigned(body.bytes);
      break;
    case 'end':
      writer.array(2).unsigned(bodies.end).unsigned(body.stream);
      break;
    case 'reset':
      writer.array(3).unsigned(bodies.reset).unsigned(body.stream).text(body.code);
      break;
  }
}

/** All messages of one record, or `message-malformed`: then none of them counts. */
export function decodeRecord(record: Uint8Array): Outcome<readonly SessionMessage[]> {
  const reader = new CborReader(record);
  const messages: SessionMessage[] = [];
  while (!reader.isAtEnd) {
    const message = readMessage(reader);
    if (message === undefined || reader.isBroken) return failure('message-malformed', 'a record does not hold session messages');
    messages.push(message);
  }
  return success(messages);
}

function readMessage(reader: CborReader): SessionMessage | undefined {
  const count = reader.array();
  const kind = reader.unsigned();
  if (kind === kinds.numbered && count === 3) {
    const number = reader.unsigned();
    const body = readBody(reader);
    return body && { kind: 'numbered', number, body };
  }
  if (kind === kinds.acknowledge && count === 2) return { kind: 'acknowledge', received: reader.unsigned() };
  if (kind === kinds.ping && count === 1) return { kind: 'ping' };
  if (kind === kinds.pong && count === 1) return { kind: 'pong' };
  if (kind === kinds.bye && count === 2) return { kind: 'bye', code: readCode(reader) };
  return kind === kinds.hello && count === 3 ? readHello(reader) : undefined;
}

function readHello(reader: CborReader): Hello | undefined {
  const sessionId = reader.skipsNull() ? null : reader.bytes();
  if (sessionId !== null && sessionId.byteLength !== sessionIdBytes) return undefined;
  return { kind: 'hello', sessionId, received: reader.unsigned() };
}

function readBody(reader: CborReader): Body | undefined {
  const count = reader.array();
  const kind = reader.unsigned();
  if (kind === bodies.part && count === 4) return readPart(reader);
  if (kind === bodies.open && count === 4) return readOpen(reader);
  const stream = reader.unsigned();
  if (kind === bodies.data && count === 3) return { kind: 'data', stream, bytes: reader.bytes() };
  if (kind === bodies.credit && count === 3) return { kind: 'credit', stream, bytes: reader.unsigned() };
  if (kind === bodies.end && count === 2) return { kind: 'end', stream };
  return kind === bodies.reset && count === 3 ? { kind: 'reset', stream, code: readCode(reader) } : undefined;
}

function readPart(reader: CborReader): Body | undefined {
  const priority = priorities[reader.unsigned()];
  return priority && { kind: 'part', priority, isMore: reader.boolean(), bytes: reader.bytes() };
}

function readOpen(reader: CborReader): Body | undefined {
  const stream = reader.unsigned();
  const priority = priorities[reader.unsigned()];
  const label = reader.bytes();
  return priority && label.byteLength <= limits.maxLabelBytes ? { kind: 'open', stream, priority, label } : undefined;
}

/** A code that this side does not know yet comes from a newer one: something went wrong there, more cannot be said. */
function readCode(reader: CborReader): ErrorCode {
  const code = reader.text();
  return isErrorCode(code) ? code : 'internal';
}
