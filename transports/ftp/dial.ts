/**
 * The agent's end of the FTP transport.
 */
import { hex } from '../../protocol/bytes.ts';
import type { Clock, Random } from '../../protocol/clock.ts';
import { limits } from '../../protocol/limits.ts';
import { failure, success } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import type { Transport } from '../../protocol/transport.ts';
import { parseTarget } from '../path.ts';
import type { Path } from '../path.ts';
import { ClientMailbox, signIn } from './client-mailbox.ts';
import { FtpTransport } from './ftp-transport.ts';

export type FtpDialOptions = {
  /** `ftp://host:port`. */
  readonly address: string;
  readonly path: Path;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly random: Random;
};

const scheme = 'ftp://';
const folderBytes = 16;

/** Whether an address is meant for this transport: it needs a port of its own, so it has addresses of its own. */
export function isFtpAddress(address: string): boolean {
  return address.startsWith(scheme);
}

/**
 * Connects, makes a folder, and waits until the intermediary has been there; or says why not: `timed-out`
 * (`limits.handshakeMs` for everything), `cancelled`, otherwise `unreachable`.
 */
export async function dialFtp({ address, path, signal, clock, random }: FtpDialOptions): Promise<Outcome<Transport>> {
  const target = isFtpAddress(address) ? parseTarget(address) : undefined;
  if (target === undefined) return failure('unreachable', `${address} is not an ftp://host:port address`);
  const { Client } = await import('basic-ftp'); // only now: most agents never need it
  if (signal.aborted) return failure('cancelled', 'given up before it began');
  const client = new Client(limits.ftpSilenceMs);
  const life = new AbortController();
  const end = (): void => {
    life.abort();
    client.close();
  };
  let isLate = false;
  const timer = clock.after(limits.handshakeMs, () => {
    isLate = true;
    end();
  });
  signal.addEventListener('abort', end);
  try {
    await signIn(client, { target, path, clock, life: life.signal });
    const mailbox = new ClientMailbox(client, hex(random(folderBytes)), end);
    await mailbox.make();
    await answered(mailbox, clock, life.signal);
    const look = { firstMs: limits.ftpFirstLookMs, lastMs: limits.ftpLastLookMs };
    return success(new FtpTransport({ mailbox, writes: 'up', remoteAddress: `${target.host}:${target.port}`, clock, look, signEveryMs: limits.ftpSignMs }));
  } catch (error) {
    end();
    if (signal.aborted) return failure('cancelled', 'given up');
    if (isLate) return failure('timed-out', `${address} did not answer within ${limits.handshakeMs} ms`);
    return failure('unreachable', error instanceof Error ? error.message : 'FTP failed');
  } finally {
    timer.cancel();
    signal.removeEventListener('abort', end);
  }
}

/** An FTP server alone is no intermediary: somebody must take the sign away. */
async function answered(mailbox: ClientMailbox, clock: Clock, signal: AbortSignal): Promise<void> {
  await mailbox.sign();
  do {
    signal.throwIfAborted();
    await new Promise<void>((resolve) => void clock.after(limits.ftpFirstLookMs, resolve));
  } while (!await mailbox.sign());
}
