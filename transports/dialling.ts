/**
 * transports: how frames cross a network, one folder a transport with both ends in it. This file: what every dial is given
 * and gives back, and its bound in time.
 */
import type { Clock } from '../protocol/clock.ts';
import { limits } from '../protocol/limits.ts';
import { failure } from '../protocol/outcome.ts';
import type { Failure } from '../protocol/outcome.ts';
import type { Transport } from '../protocol/transport.ts';
import type { Path } from './path.ts';

/** What a transport learns of one network and wants to be told again there. It may be changed at any time while the transport lives. */
export type DialMemory = {
  /** How long this path lets an unanswered request stand. */
  holdMs?: number;
};

export type DialRequest = {
  /** As in the root or the enrolment string: `host:port`. Every transport makes of it what it needs. */
  readonly address: string;
  /** PEM of the one authority to trust; without it those of the platform. */
  readonly authority?: string | undefined;
  /** Directly, or through a proxy. */
  readonly path: Path;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly memory?: DialMemory;
};

/** Why no transport came to be; `retryAfterMs` when the other side said how long to wait. */
export type DialFailure = Failure & { readonly retryAfterMs?: number };

export type Dialled = { readonly ok: true; readonly value: Transport } | DialFailure;

/**
 * Runs one attempt within `limits.handshakeMs` and until the caller gives up, whatever the attempt itself does: one that
 * comes too late is closed.
 */
export function withinDialTime(request: Pick<DialRequest, 'address' | 'signal' | 'clock'>, attempt: (signal: AbortSignal) => Promise<Dialled>): Promise<Dialled> {
  const { address, signal, clock } = request;
  if (signal.aborted) return Promise.resolve(failure('cancelled', 'given up before it began'));
  return new Promise((resolve) => {
    const own = new AbortController();
    let isSettled = false;
    const settle = (result: Dialled): void => {
      if (isSettled && result.ok) result.value.close();
      if (isSettled) return;
      isSettled = true;
      timer.cancel();
      signal.removeEventListener('abort', giveUp);
      resolve(result);
    };
    const end = (reason: Failure): void => {
      settle(reason);
      own.abort();
    };
    const giveUp = (): void => end(failure('cancelled', 'given up'));
    const timer = clock.after(limits.handshakeMs, () => end(failure('timed-out', `${address} did not answer within ${limits.handshakeMs} ms`)));
    signal.addEventListener('abort', giveUp);
    void attempt(own.signal).then(settle);
  });
}

/** How long an HTTP answer asks to wait, from `retry-after` in seconds. */
export function readRetryAfter(header: string | undefined): { readonly retryAfterMs?: number } {
  const seconds = /^\d{1,6}$/.exec(header ?? '')?.[0];
  return seconds === undefined ? {} : { retryAfterMs: Number(seconds) * 1000 };
}
