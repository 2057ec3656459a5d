/**
 * The floor for a directive: a bare Node WebSocket over TLS that runs `sh -c "echo hi"` for each message and answers with
 * its output and exit code when the pipes have closed. No identity, no journal, no worker, no relay.
 * Started as a process of its own with the certificate folder; prints its port.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { WebSocketServer } from 'ws';

const folder = process.argv[2] ?? '.';
const server = createServer({ cert: readFileSync(join(folder, 'server.pem')), key: readFileSync(join(folder, 'server-key.pem')) });

new WebSocketServer({ server, perMessageDeflate: false }).on('connection', (socket) => {
  socket.on('message', (data) => {
    const id = String(data);
    const child = spawn('sh', ['-c', 'echo hi'], { stdio: ['ignore', 'pipe', 'pipe'] });
    const output: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
    child.on('close', (exitCode) => socket.send(JSON.stringify({ id, exitCode, output: Buffer.concat(output).toString() })));
  });
});

server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
process.stdin.resume().on('end', () => process.exit(0));
