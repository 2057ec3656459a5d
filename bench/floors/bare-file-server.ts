/**
 * The floor for a transfer, far end: takes what comes over a TLS WebSocket into a file, or sends a file, in pieces of
 * 256 KiB. No identity, no digest, no credit, no relay. Started as a process of its own with the certificate folder; prints its port.
 */
import { open, readFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { WebSocketServer } from 'ws';
import { receiveFile, sendFile } from './bare-file-ends.ts';

const folder = process.argv[2] ?? '.';
const server = createServer({ cert: await readFile(join(folder, 'server.pem')), key: await readFile(join(folder, 'server-key.pem')) });

/** `/up` brings a file here, `/down` takes one away. */
new WebSocketServer({ server, perMessageDeflate: false, maxPayload: 1024 * 1024 }).on('connection', async (socket, request) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'https://localhost');
  const path = searchParams.get('path') ?? '';
  const file = await open(path, pathname === '/up' ? 'w' : 'r');
  if (pathname === '/up') await receiveFile(socket, file);
  else await sendFile(socket, file);
  await file.close();
  if (pathname === '/up') socket.close();
});

server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
process.stdin.resume().on('end', () => process.exit(0));
