/**
 * Every transport that this agent can dial, best first: the one place that knows them. A transport that is added to the
 * protocol gets a line here and nothing else in the agent changes.
 */
import { systemRandom } from '../../protocol/clock.ts';
import type { Clock } from '../../protocol/clock.ts';
import type { Failure } from '../../protocol/outcome.ts';
import type { Transport, TransportName } from '../../protocol/transport.ts';
import { dialFtp, isFtpAddress } from '../../transports/ftp/dial.ts';
import type { Path } from '../../transports/path.ts';
import { dialWebSocket } from '../../transports/websocket/dial.ts';

export type DialRequest = {
  /** As in the root or the enrolment string: `host:port`, or `ftp://host:port`. Every transport makes of it what it needs. */
  readonly address: string;
  /** PEM of the one authority to trust; without it those of the platform. */
  readonly authority?: string | undefined;
  /** Directly, or through a proxy. */
  readonly path: Path;
  readonly signal: AbortSignal;
  readonly clock: Clock;
};

/** Why no transport came to be; `retryAfterMs` when the other side said how long to wait. */
export type DialFailure = Failure & { readonly retryAfterMs?: number };

export type Rung = {
  readonly name: TransportName;
  dial(request: DialRequest): Promise<{ readonly ok: true; readonly value: Transport } | DialFailure>;
};

export const rungs: readonly Rung[] = [
  { name: 'wss', dial: ({ address, ...request }) => dialWebSocket({ ...request, address: `wss://${address}/agent` }) },
  { name: 'ftp', dial: (request) => dialFtp({ ...request, random: systemRandom }) },
];

/** Whether an address is meant for a rung: FTP has a port of its own, all the others share one. */
export function isFor(rung: Rung, address: string): boolean {
  return isFtpAddress(address) === (rung.name === 'ftp');
}
