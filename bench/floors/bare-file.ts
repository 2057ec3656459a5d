/**
 * The near end of the bare transfer.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { ensureServerCertificate } from '../../certs/server-certificate.ts';
import { systemClock } from '../../protocol/clock.ts';
import { receiveFile, sendFile } from './bare-file-ends.ts';

export type BareTransfer = {
  /** Brings `from` to `to`, which the far end opens; resolves with the seconds it took. */
  up(from: string, to: string): Promise<void>;
  down(from: string, to: string): Promise<void>;
  stop(): Promise<void>;
};

/** Starts the far end in its own process; its certificate is made in `folder`. */
export async function bareTransfer(folder: string): Promise<BareTransfer> {
  const made = await ensureServerCertificate(folder, ['localhost'], systemClock);
  if (!made.ok) throw new Error(made.detail);
  const server = spawn(process.execPath, [join(import.meta.dirname, 'bare-file-server.ts'), folder], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [port] = (await once(server.stdout, 'data')) as [Buffer];
  const connect = async (way: string, path: string): Promise<WebSocket> => {
    const socket = new WebSocket(`wss://localhost:${String(port).trim()}/${way}?path=${encodeURIComponent(path)}`, { ca: readFileSync(join(folder, 'ca.pem')), perMessageDeflate: false });
    await once(socket, 'open');
    return socket;
  };
  return {
    async up(from, to) {
      const file = await open(from, 'r');
      const socket = await connect('up', to);
      const ended = once(socket, 'close');
      await sendFile(socket, file);
      await ended;
      await file.close();
    },
    async down(from, to) {
      const file = await open(to, 'w');
      const socket = await connect('down', from);
      await receiveFile(socket, file);
      socket.terminate();
      await file.close();
    },
    async stop() {
      server.stdin.end();
      await once(server, 'exit');
    },
  };
}
