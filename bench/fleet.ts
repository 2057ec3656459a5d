/**
 * Many agents in one process, each with its own keys, handshake, session and signed reports, and nothing behind them: what
 * is asked has succeeded. Reads its orders as one JSON line; writes `ready` when all are there, and how many it answered.
 */
import { text } from 'node:stream/consumers';
import { decodeEnrolment } from '../protocol/statements/enrolment.ts';
import { unbase64Url } from '../protocol/bytes.ts';
import { connectedAgent } from '../test/support/protocol-agent.ts';
import type { AgentHome, ProtocolAgent } from '../test/support/protocol-agent.ts';

/** Handshakes under way at once. */
const arriving = 64;

type Orders = { readonly enrolment: string; readonly port: number; readonly agents: number };

const orders: Orders = JSON.parse(await text(process.stdin));
const enrolment = decodeEnrolment(orders.enrolment, Math.floor(Date.now() / 1000));
if (!enrolment.ok) throw new Error(enrolment.detail);
const { key, secret, authority = '' } = enrolment.value;
const home: AgentHome = { port: orders.port, authority, serverKey: bytesOf(key) };
const fleet: ProtocolAgent[] = [];
let begun = 0;
const lane = async (): Promise<void> => {
  while (begun < orders.agents) {
    begun += 1;
    fleet.push(await connectedAgent(home, bytesOf(secret)));
  }
};
await Promise.all(Array.from({ length: arriving }, lane));
process.stdout.write('ready\n');

function bytesOf(text64: string): Uint8Array {
  const bytes = unbase64Url(text64);
  if (bytes === undefined) throw new Error('not base64url');
  return bytes;
}
