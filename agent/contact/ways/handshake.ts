/**
 * Makes a dialled transport a private channel. One at a time: each handshake rolls the machine's key, and two at once would
 * each believe theirs to be the newest.
 */
import { openChannel } from '../../../protocol/channel/channel.ts';
import type { OpenOptions, OpenedChannel } from '../../../protocol/channel/channel.ts';
import type { Timer } from '../../../protocol/clock.ts';
import { limits } from '../../../protocol/limits.ts';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import type { Transport } from '../../../protocol/transport.ts';

export type HandshakeOptions = Omit<OpenOptions, 'dial'> & {
  /** Whether another way stands open: then a silent one is not waited for to its end. */
  readonly isReplaceable: () => boolean;
  readonly signal: AbortSignal;
};

/** The channel, or why there is none; a failure has closed the transport. */
export async function shakeHands(transport: Transport, options: HandshakeOptions): Promise<Outcome<OpenedChannel>> {
  const { clock, isReplaceable, signal } = options;
  // It may be left at any moment, also when the proof is sent already: showing the key that it would make ends it over there.
  let reason: string | undefined;
  const leave = (why: string): void => {
    reason ??= why;
    transport.close();
  };
  const giveUp = (): void => leave('given up');
  const look = (): Timer => clock.after(limits.headStartMs, () => {
    if (isReplaceable()) leave('no answer to the handshake, and another way stands open');
    else patience = look();
  });
  let patience = clock.after(limits.handshakePatienceMs - limits.headStartMs, () => {
    patience = look();
  });
  signal.addEventListener('abort', giveUp);
  const opened = await openChannel({ ...options, dial: () => Promise.resolve(success(transport)) });
  patience.cancel();
  signal.removeEventListener('abort', giveUp);
  return opened.ok || reason === undefined ? opened : failure(signal.aborted ? 'cancelled' : 'timed-out', reason);
}
