/** Frames as bodies of plain HTTP requests. */
import { transportContract } from '../contracts/transport.ts';
import { pairOver } from '../support/agent-port.ts';

for (const name of ['https-long-poll', 'https-short-poll', 'http-long-poll'] as const) transportContract(name, pairOver(name));
