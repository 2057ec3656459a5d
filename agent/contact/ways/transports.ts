/**
 * Every transport that this agent can dial, best first: the one place that knows them. A transport that is added to the
 * protocol gets a line here and nothing else in the agent changes.
 */
import { systemRandom } from '../../../protocol/clock.ts';
import type { TransportName } from '../../../protocol/transport.ts';
import type { Dialled, DialRequest } from '../../../transports/dialling.ts';
import { dialFtp, isFtpAddress } from '../../../transports/ftp/dial.ts';
import { dialPoll } from '../../../transports/poll/dial.ts';
import { dialTcp } from '../../../transports/tcp/dial.ts';
import { dialWebSocket } from '../../../transports/websocket/dial.ts';

export type { DialFailure, DialMemory, DialRequest } from '../../../transports/dialling.ts';

export type Rung = {
  readonly name: TransportName;
  dial(request: DialRequest): Promise<Dialled>;
};

export const rungs: readonly Rung[] = [
  { name: 'wss', dial: ({ address, ...request }) => dialWebSocket({ ...request, address: `wss://${address}/agent` }) },
  { name: 'https-long-poll', dial: (request) => dialPoll('https-long-poll', request) },
  { name: 'https-short-poll', dial: (request) => dialPoll('https-short-poll', request) },
  { name: 'ws', dial: ({ address, ...request }) => dialWebSocket({ ...request, address: `ws://${address}/agent` }) },
  { name: 'http-long-poll', dial: (request) => dialPoll('http-long-poll', request) },
  { name: 'tcp', dial: dialTcp },
  { name: 'ftp', dial: (request) => dialFtp({ ...request, random: systemRandom }) },
];

/** Whether an address is meant for a rung: FTP has a port of its own, all the others share one. */
export function isFor(rung: Rung, address: string): boolean {
  return isFtpAddress(address) === (rung.name === 'ftp');
}
