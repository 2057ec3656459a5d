/**
 * A real vsftpd on loopback with the configuration of docs/vsftpd.conf, the intermediary's end watching its folder, and a
 * path to it that records what passes and can be cut.
 */
import { execFileSync, spawn } from 'node:child_process';
import { chmod, chown, mkdir } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { systemClock, systemRandom } from '../../protocol/clock.ts';
import type { Transport } from '../../protocol/transport.ts';
import { acceptFtp } from '../../transports/ftp/accept.ts';
import { dialFtp } from '../../transports/ftp/dial.ts';
import { directPath } from '../../transports/path.ts';
import type { Path } from '../../transports/path.ts';
import type { Owner } from './owner.ts';
import { freePort } from './proxies.ts';
import { temporaryFolder } from './temporary-folder.ts';

const configuration = join(import.meta.dirname, '..', '..', 'docs', 'vsftpd.conf');

export type FtpServer = { readonly port: number; /** What it shows as `/`. */ readonly folder: string; readonly address: string };

/** The folder as docs/contact.md says to make it, but with Debian's user `ftp` for the server. */
export async function sharedFolder(t: Owner): Promise<string> {
  const folder = await temporaryFolder(t);
  const agents = join(folder, 'agents');
  await mkdir(agents);
  const group = Number(execFileSync('id', ['-g', 'ftp'], { encoding: 'utf8' }));
  await chown(agents, 0, group);
  await chmod(agents, 0o2770);
  await chmod(folder, 0o755);
  return folder;
}

/** vsftpd for this folder at this place, for as long as it is let. */
export function vsftpdCommand(folder: string, { host, port }: { readonly host: string; readonly port: number }, more: readonly string[] = []): [string, ...string[]] {
  const settings = ['listen=YES', 'listen_ipv6=NO', `listen_address=${host}`, `listen_port=${port}`, 'ftp_username=ftp', `anon_root=${folder}`, ...more];
  return ['/usr/sbin/vsftpd', configuration, ...settings.map((setting) => `-o${setting}`)];
}

export async function startVsftpd(t: Owner, folder: string, ...more: readonly string[]): Promise<FtpServer> {
  const port = await freePort();
  const [program, ...args] = vsftpdCommand(folder, { host: '127.0.0.1', port }, more);
  const server = spawn(program, args, { stdio: 'ignore', detached: true });
  t.teardown(() => {
    if (server.pid !== undefined && server.exitCode === null) process.kill(-server.pid, 'SIGKILL');
  });
  await listening(port);
  return { port, folder, address: `ftp://127.0.0.1:${port}` };
}

/** vsftpd says nothing when it is ready, so it is asked until it greets. */
async function listening(port: number): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const isUp = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => resolve(false));
      socket.once('data', () => resolve(socket.end('QUIT\r\n') !== undefined));
    });
    if (isUp) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('vsftpd does not come up');
}

export type FtpIntermediary = { next(): Promise<Transport>; readonly accepted: readonly Transport[]; readonly stuck: readonly string[] };

export async function watchFolder(t: Owner, folder: string): Promise<FtpIntermediary> {
  const accepted: Transport[] = [];
  const stuck: string[] = [];
  const waiting: ((transport: Transport) => void)[] = [];
  let given = 0;
  const started = await acceptFtp({
    folder, clock: systemClock, random: systemRandom,
    accepted: (transport) => {
      accepted.push(transport);
      const resolve = waiting.shift();
      if (resolve === undefined) return;
      given += 1;
      resolve(transport);
    },
    stuck: (detail) => stuck.push(detail),
  });
  if (!started.ok) throw new Error(started.detail);
  t.teardown(() => started.value.close());
  const next = (): Promise<Transport> => {
    const open = accepted[given];
    if (open === undefined) return new Promise((resolve) => waiting.push(resolve));
    given += 1;
    return Promise.resolve(open);
  };
  return { next, accepted, stuck };
}

export type RecordingPath = Path & { readonly bytes: () => Buffer; cut(): void };

/** Every connection, control and data, goes through a relay of its own. */
export function recordingPath(t: Owner): RecordingPath {
  const parts: Buffer[] = [];
  const sockets = new Set<Socket>();
  const cut = (): void => sockets.forEach((socket) => socket.destroy());
  t.teardown(cut);
  return {
    name: 'through the recorder',
    bytes: () => Buffer.concat(parts),
    cut,
    async connect(target, signal) {
      const relay = createServer((near) => {
        const far = connect(target.port, target.host);
        for (const [from, to] of [[near, far], [far, near]] as const) {
          sockets.add(from);
          from.on('data', (part: Buffer) => parts.push(part)).on('error', () => to.destroy()).on('close', () => sockets.delete(from));
          from.pipe(to);
        }
      }).listen(0, '127.0.0.1');
      await once(relay, 'listening');
      const opened = await directPath.connect({ host: '127.0.0.1', port: (relay.address() as AddressInfo).port }, signal);
      relay.close();
      return opened;
    },
  };
}

export async function dialThrough(server: FtpServer, path: Path = directPath): Promise<Transport> {
  const dialled = await dialFtp({ address: server.address, path, signal: new AbortController().signal, clock: systemClock, random: systemRandom });
  if (!dialled.ok) throw new Error(`${dialled.code}: ${dialled.detail}`);
  return dialled.value;
}
