/**
 * A proxy that breaks TLS, as companies have them: it answers CONNECT, shows a certificate of its own authority for
 * whatever name is asked for, and writes down what it is told inside. A program, so that it can run in a namespace (see proxies.ts):
 *
 *   node test/support/intercepting-proxy.ts HOST PORT FOLDER     → FOLDER/inside, FOLDER/authority.pem
 */
import { appendFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { isIP } from 'node:net';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { createSecureContext, TLSSocket } from 'node:tls';
import { issueAuthority, issueServer } from '../../certs/issue.ts';

const [host = '', port = '', folder = ''] = process.argv.slice(2);
const authority = await issueAuthority(Date.now());
writeFileSync(join(folder, 'authority.pem'), authority.certificate);
writeFileSync(join(folder, 'inside'), '');

const server = createServer((_, answer) => answer.writeHead(403).end());
server.on('connect', ({ url = '' }, socket: Socket) => void intercept(url, socket));
server.listen(Number(port), host);
process.on('SIGTERM', () => process.exit());

async function intercept(target: string, socket: Socket): Promise<void> {
  const name = target.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
  const { certificate, key } = await issueServer(authority, [{ type: isIP(name) === 0 ? 'dns' : 'ip', value: name }], Date.now());
  socket.on('error', () => socket.destroy());
  socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
  const inside = new TLSSocket(socket, { isServer: true, secureContext: createSecureContext({ cert: certificate, key }) });
  inside.on('error', () => inside.destroy());
  inside.on('data', (chunk: Buffer) => appendFileSync(join(folder, 'inside'), chunk));
}
