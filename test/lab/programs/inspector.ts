/**
 * A firewall that looks inside what it lets through, in the way of everything: a fault proxy between its own port and the
 * intermediary. With a folder of certificates it ends TLS itself and looks inside that, too, as a load balancer of the operator's does.
 * Argument: JSON `{ port, target, faults, tls? }`. Says one line when it listens.
 */
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { pipeline } from 'node:stream/promises';
import { FaultProxy } from '../../support/fault-proxy.ts';
import type { Faults, Place } from '../../support/fault-proxy.ts';

export type Inspection = { readonly port: number; readonly target: Place; readonly faults: Faults; readonly tls?: string };

const { port, target, faults, tls }: Inspection = JSON.parse(process.argv[2] ?? '');
const everywhere = '0.0.0.0';
const proxy = await FaultProxy.open({ teardown: () => undefined }, target, faults, tls === undefined ? { host: everywhere, port } : undefined);
if (tls !== undefined) endTls(tls);
else console.log('listening');
process.stdin.on('end', () => process.exit()).resume();

function endTls(folder: string): void {
  const server = createServer({ cert: readFileSync(join(folder, 'server.pem')), key: readFileSync(join(folder, 'server-key.pem')), ALPNProtocols: ['http/1.1'] }, (client) => {
    const inside = connect({ host: '127.0.0.1', port: proxy.port, noDelay: true });
    // either side ends the other; why, the agent's status tells
    for (const [from, to] of [[client, inside], [inside, client]] as const) void pipeline(from, to).catch(() => to.destroy());
  });
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  server.listen(port, everywhere, () => console.log('listening'));
}
