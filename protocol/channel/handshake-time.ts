/** One attempt to agree on keys over one transport: bounded in time, ending in a value, never leaving a transport open after a failure. */
import type { Clock } from '../clock.ts';
import { limits } from '../limits.ts';
import { failure, type Outcome } from '../outcome.ts';
import type { Transport } from '../transport.ts';
import { FrameInbox } from './frame-inbox.ts';

/** Runs `agree` within `limits.handshakeMs`. What the key store or the registry throws comes out as `internal`. */
export async function withinHandshakeTime<T>(
  transport: Transport,
  clock: Clock,
  agree: (inbox: FrameInbox) => Promise<Outcome<T>>,
): Promise<Outcome<T>> {
  const inbox = new FrameInbox(transport);
  const timer = clock.after(limits.handshakeMs, () => inbox.fail('timed-out', 'no key was agreed within the time allowed'));
  const outcome = await agree(inbox).catch((error: unknown) => failure('internal', String(error)));
  timer.cancel();
  if (!outcome.ok) transport.close();
  return outcome.ok && inbox.failure ? inbox.failure : outcome;
}
