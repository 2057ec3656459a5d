/**
 * Every transport that this agent can dial, best first: the one place that knows them. A transport that is added to the
 * protocol gets a line here and nothing else in the agent changes.
 */
import type { TransportName } from '../../protocol/transport.ts';
import type { Dialled, DialRequest } from '../../transports/dialling.ts';
import { dialPoll } from '../../transports/poll/dial.ts';
import { dialTcp } from '../../transports/tcp/dial.ts';
import { dialWebSocket } from '../../transports/websocket/dial.ts';

export type { DialFailure, DialMemory, DialRequest } from '../../transports/dialling.ts';

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
  // ftp comes last
];
