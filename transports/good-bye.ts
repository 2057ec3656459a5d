/** Why one end of a transport tells the other that it ends, as one byte: for the transports whose carrier has no such word. */
import type { TransportClosed } from '../protocol/transport.ts';

/** 0 is kept for "it goes on". A number is never used again. */
const bytes = { closed: 1, overrun: 2, 'frame-too-large': 3, 'message-malformed': 4, 'exchange-mismatch': 5, 'connection-lost': 6, 'rate-limited': 7 } as const;

export type GoodBye = keyof typeof bytes;

const details: Readonly<Record<GoodBye, string>> = {
  closed: 'closed by the other side',
  overrun: 'the other side could not take more frames',
  'frame-too-large': 'the other side was to send a frame that is too large',
  'message-malformed': 'the other side could not read what came',
  'exchange-mismatch': 'the other side has another record of what was said last',
  'connection-lost': 'the other side does not know this transport any more',
  'rate-limited': 'the other side takes nobody in just now',
};

export function byteOf(reason: GoodBye): number {
  return bytes[reason];
}

/** What the byte means to the one who gets it; undefined for a byte that means nothing. */
export function reasonOf(byte: number): (TransportClosed & { readonly code: GoodBye }) | undefined {
  const code = goodByes.find((each) => bytes[each] === byte);
  return code === undefined ? undefined : { code, detail: details[code] };
}

const goodByes: readonly GoodBye[] = ['closed', 'overrun', 'frame-too-large', 'message-malformed', 'exchange-mismatch', 'connection-lost', 'rate-limited'];
