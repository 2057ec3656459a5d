/**
 * transports/poll: frames as bodies of plain HTTP requests and answers that any proxy lets pass: POST, one content type, a
 * content length both ways; no upgrade, no chunks, nothing to cache, no answer that must stream.
 *
 * ```
 * POST /agent/<transport's id, 32 hex digits>       content-type: application/octet-stream
 *
 * request   hold ms u32 │ lane u8 │ good-bye u8 │ number u32 │ digest 16 of the answer before it, or zeros │ frames
 * answer    digest 16 of the request from its lane on │ good-bye u8 │ frames
 * frames    (length u16 │ bytes) …                  at most limits.maxPollBytes in one body
 * digest    the first 16 bytes of SHA-256
 * ```
 *
 * | lane     | carries                                                     | used by                     |
 * | -------- | ----------------------------------------------------------- | --------------------------- |
 * | 0 `turn` | frames both ways, answered at once                          | `https-short-poll`          |
 * | 1 `up`   | frames to the intermediary, answered at once                | `https-` and `http-long-poll` |
 * | 2 `down` | frames to the agent, answered when there are any, or after `hold` | the same              |
 *
 * Each lane has one request under way and numbers them from 0; number 0 on `turn` or `up`, without frames, opens the
 * transport. A request that got no answer is sent again (its hold may change, nothing else): the same number and digest get
 * the same answer, its frames are taken once. Any other number or digest ends the transport with `exchange-mismatch`. So an
 * exchange survives every cut, a change of address included. A good-bye (transports/good-bye.ts) in either direction comes
 * after the last frame.
 */
import { createHash } from 'node:crypto';
import { concat } from '../../protocol/bytes.ts';
import { limits } from '../../protocol/limits.ts';

export const contentType = 'application/octet-stream';
export const pathPrefix = '/agent/';
export const idBytes = 16;
/** The HTTP status that says: no transport of this id is open here. */
export const gone = 410;

const lanes = ['turn', 'up', 'down'] as const;
export type Lane = (typeof lanes)[number];

export type PollRequest = {
  readonly holdMs: number;
  readonly lane: Lane;
  /** 0: it goes on. */
  readonly goodBye: number;
  readonly number: number;
  readonly previousDigest: Uint8Array;
  readonly frames: readonly Uint8Array[];
};

export type PollAnswer = {
  readonly requestDigest: Uint8Array;
  readonly goodBye: number;
  readonly frames: readonly Uint8Array[];
};

const holdBytes = 4;
const digestBytes = 16;
const requestHeadBytes = holdBytes + 6 + digestBytes;
const answerHeadBytes = digestBytes + 1;
const lengthBytes = 2;

/** A request that opens a transport has this length. */
export const openingBytes = requestHeadBytes;
/** Before the first answer. */
export const noDigest: Uint8Array = new Uint8Array(digestBytes);

export function encodeRequest({ holdMs, lane, goodBye, number, previousDigest, frames }: PollRequest): Uint8Array {
  const head = new Uint8Array(requestHeadBytes);
  const view = new DataView(head.buffer);
  view.setUint32(0, holdMs);
  head[holdBytes] = lanes.indexOf(lane);
  head[holdBytes + 1] = goodBye;
  view.setUint32(holdBytes + 2, number);
  head.set(previousDigest, holdBytes + 6);
  return concat(head, ...frames.flatMap(withLength));
}

/** Undefined for anything that is not exactly one request. */
export function decodeRequest(body: Uint8Array): PollRequest | undefined {
  const lane = lanes[body[holdBytes] ?? lanes.length];
  if (body.byteLength < requestHeadBytes || lane === undefined) return undefined;
  const view = new DataView(body.buffer, body.byteOffset);
  const frames = readFrames(body.subarray(requestHeadBytes));
  if (frames === undefined) return undefined;
  return {
    holdMs: view.getUint32(0),
    lane,
    goodBye: view.getUint8(holdBytes + 1),
    number: view.getUint32(holdBytes + 2),
    previousDigest: body.slice(holdBytes + 6, requestHeadBytes),
    frames,
  };
}

export function encodeAnswer({ requestDigest, goodBye, frames }: PollAnswer): Uint8Array {
  return concat(requestDigest, Uint8Array.of(goodBye), ...frames.flatMap(withLength));
}

export function decodeAnswer(body: Uint8Array): PollAnswer | undefined {
  const goodBye = body[digestBytes];
  const frames = readFrames(body.subarray(answerHeadBytes));
  return goodBye === undefined || frames === undefined ? undefined : { requestDigest: body.slice(0, digestBytes), goodBye, frames };
}

/** The same for a request that is sent again with another hold. */
export function digestOfRequest(body: Uint8Array): Uint8Array {
  return digestOf(body.subarray(holdBytes));
}

export function digestOf(body: Uint8Array): Uint8Array {
  return createHash('sha256').update(body).digest().subarray(0, digestBytes);
}

/** Takes frames from the front of a queue, as many as one body holds. */
export function fitting(waiting: readonly Uint8Array[]): number {
  let size = requestHeadBytes;
  const beyond = waiting.findIndex((frame) => {
    size += lengthBytes + frame.byteLength;
    return size > limits.maxPollBytes;
  });
  return beyond < 0 ? waiting.length : beyond;
}

function withLength(frame: Uint8Array): readonly [Uint8Array, Uint8Array] {
  return [Uint8Array.of(frame.byteLength >> 8, frame.byteLength & 0xff), frame];
}

function readFrames(bytes: Uint8Array): Uint8Array[] | undefined {
  const frames: Uint8Array[] = [];
  let offset = 0;
  while (offset < bytes.byteLength) {
    const [high, low] = bytes.subarray(offset, offset + lengthBytes);
    if (high === undefined || low === undefined) return undefined;
    const end = offset + lengthBytes + ((high << 8) | low);
    if (end > bytes.byteLength) return undefined;
    frames.push(new Uint8Array(bytes.subarray(offset + lengthBytes, end)));
    offset = end;
  }
  return frames;
}
