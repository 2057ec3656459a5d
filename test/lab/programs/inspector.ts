/**
 * A firewall that looks inside what it lets through, in the way of everything: a fault proxy between its own port and the
 * intermediary. With a folder of certificates it ends TLS, looks inside, and begins TLS anew, as a load balancer of the operator's does.
 * Argument: JSON `{ port, target, faults, tls? }`. Says one line when it listens.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Duplex } from 'node:stream';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { FaultProxy } from '../../support/fault-proxy.ts';
import type { Faults, Place } from '../../support/fault-proxy.ts';

export type Inspection = { readonly port: number; readonly target: Place; readonly faults: Faults; readonly tls?: string };

const { port, target, faults, tls }: Inspection = JSON.parse(process.argv[2] ?? '');
const loopback = '127.0.0.1';
const owner = { teardown: () => undefined };

if (tls === undefined) await FaultProxy.open(owner, target, faults, { host: '0.0.0.0', port });
else await balance(tls);
console.log('listening');
process.stdin.on('end', () => process.exit()).resume();

/** TLS in, plain through the fault proxy, TLS out. */
async function balance(folder: string): Promise<void> {
  const outwards = createServer((plain) => connectBoth(plain, connectTls({ ...target, ca: readFileSync(join(folder, 'ca.pem')) })));
  const proxy = await FaultProxy.open(owner, await listen(outwards, 0, loopback), faults);
  const pair = { cert: readFileSync(join(folder, 'server.pem')), key: readFileSync(join(folder, 'server-key.pem')) };
  const inwards = createTlsServer({ ...pair, ALPNProtocols: ['http/1.1'] }, (client) => connectBoth(client, connect({ host: loopback, port: proxy.port, noDelay: true })));
  inwards.on('tlsClientError', (_error, socket) => socket.destroy());
  await listen(inwards, port, '0.0.0.0');
}

/** Either end ends the other; why, the agent's status tells. */
function connectBoth(one: Duplex, other: Duplex): void {
  for (const [from, to] of [[one, other], [other, one]] as const) void pipeline(from, to).catch(() => to.destroy());
}

async function listen(server: Server, at: number, host: string): Promise<number> {
  server.listen(at, host);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
