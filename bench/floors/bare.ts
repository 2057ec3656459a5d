/**
 * The caller's side of the bare floor.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../protocol/clock.ts';
import { ensureServerCertificate } from '../../certs/server-certificate.ts';
import { WebSocket } from 'ws';
import type { Subject } from '../measure.ts';

/** Starts the bare server in its own process; its certificate is made in `folder`. */
export async function startBareServer(folder: string): Promise<{ readonly port: number; stop(): Promise<void> }> {
  const made = await ensureServerCertificate(folder, ['localhost'], systemClock);
  if (!made.ok) throw new Error(made.detail);
  const server = spawn(process.execPath, [join(import.meta.dirname, 'bare-server.ts'), folder], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [port] = (await once(server.stdout, 'data')) as [Buffer];
  return {
    port: Number(String(port)),
    async stop() {
      server.stdin.end();
      await once(server, 'exit');
    },
  };
}

/** Starts the bare server and connects to it. */
export async function bareFloor(folder: string): Promise<Subject> {
  const server = await startBareServer(folder);
  const socket = new WebSocket(`wss://localhost:${server.port}/`, { ca: readFileSync(join(folder, 'ca.pem')), perMessageDeflate: false });
  await once(socket, 'open');
  const waiting = new Map<string, (answer: { exitCode: number; output: string }) => void>();
  socket.on('message', (data) => {
    const answer = JSON.parse(String(data)) as { id: string; exitCode: number; output: string };
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
  });
  let last = 0;
  return {
    name: 'bare TLS WebSocket + sh -c "echo hi"',
    call: () =>
      new Promise((resolve, reject) => {
        last += 1;
        waiting.set(String(last), ({ exitCode, output }) => (exitCode === 0 && output === 'hi\n' ? resolve() : reject(new Error('wrong answer'))));
        socket.send(String(last));
      }),
    async close() {
      socket.terminate();
      await server.stop();
    },
  };
}
