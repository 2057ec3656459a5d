/** The FTP transport over a real vsftpd with the documented configuration. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { Client } from 'basic-ftp';
import { systemClock, systemRandom } from '../../protocol/clock.ts';
import type { Clock } from '../../protocol/clock.ts';
import { limits } from '../../protocol/limits.ts';
import type { Transport, TransportClosed } from '../../protocol/transport.ts';
import { acceptFtp } from '../../transports/ftp/accept.ts';
import { encodeBatch, maxBatchBytes } from '../../transports/ftp/batch.ts';
import { dialFtp } from '../../transports/ftp/dial.ts';
import { directPath } from '../../transports/path.ts';
import { transportContract } from '../contracts/transport.ts';
import type { TransportPair } from '../contracts/transport.ts';
import { until } from '../execution/support.ts';
import { dialThrough, recordingPath, sharedFolder, startVsftpd, watchFolder } from '../support/ftp-server.ts';
import type { FtpIntermediary, FtpServer } from '../support/ftp-server.ts';
import { missing } from '../support/needs.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const need = 'vsftpd (as root)';

async function makePair(t: ExecutionContext): Promise<TransportPair> {
  const { server, watched, agents } = await served(t);
  const path = recordingPath(t);
  const [agent, intermediary] = await Promise.all([dialThrough(server, path), watched.next()]);
  t.teardown(() => agent.close());
  return { agent, intermediary, cut: () => path.cut(), sendGarbage: () => void putGarbage(agents) };
}

async function putGarbage(agents: string): Promise<void> {
  const [name = ''] = await readdir(agents);
  await writeFile(join(agents, name, 'up-new'), Buffer.from('ff00ff00ff00ff00', 'hex'));
  await rename(join(agents, name, 'up-new'), join(agents, name, 'up-00000001'));
}

type Served = { readonly server: FtpServer; readonly watched: FtpIntermediary; readonly agents: string };

async function served(t: ExecutionContext, ...settings: string[]): Promise<Served> {
  const folder = await sharedFolder(t);
  const [server, watched] = await Promise.all([startVsftpd(t, folder, ...settings), watchFolder(t, folder)]);
  return { server, watched, agents: join(folder, 'agents') };
}

/** Somebody who just has an FTP client. */
async function stranger(t: ExecutionContext, { port }: FtpServer): Promise<Client> {
  const client = new Client();
  t.teardown(() => client.close());
  await client.connect('127.0.0.1', port);
  await client.login();
  await client.send('TYPE I');
  return client;
}

function put(client: Client, path: string, bytes: number): Promise<unknown> {
  return client.uploadFrom(Readable.from([Buffer.alloc(bytes)]), path);
}

function ending(transport: Transport): Promise<TransportClosed & { readonly frames: number }> {
  let frames = 0;
  return new Promise((resolve) => transport.listen({ frame: () => { frames += 1; }, drained: () => undefined, closed: (reason) => resolve({ ...reason, frames }) }));
}

const someName = 'ab'.repeat(16);
const isEmpty = async (folder: string): Promise<boolean> => (await readdir(folder)).length === 0;

if (missing(need)) {
  test('FTP over a real vsftpd', (t) => {
    const line = `skipped, since this machine has no ${need}`;
    if (process.env['CI'] === 'true') return t.fail(line);
    t.log(line);
    return t.pass();
  });
} else {
  transportContract('FTP', makePair);

  test('a stranger can list nothing, leave nothing elsewhere and use no other command', async (t) => {
    const { server } = await served(t);
    const client = await stranger(t, server);
    for (const command of ['LIST', 'NLST agents', 'MLSD', 'CWD agents', 'MKD other', 'MKD ../other', `MKD agents/../../${someName}`, 'SITE CHMOD 777 agents', 'RNFR agents', 'DELE agents', 'RETR /etc/passwd', 'APPE agents/x', 'PORT 127,0,0,1,1,1', 'SIZE ../../../etc/passwd']) {
      const refused = await client.sendIgnoringError(command);
      if (command.startsWith('RNFR')) t.is((await client.sendIgnoringError('RNTO elsewhere')).code, 550);
      else t.true(refused.code >= 400, `${command}: ${refused.message}`);
    }
  });

  test('a folder is removed when its connection is closed, whichever side closes', async (t) => {
    const { server, watched, agents } = await served(t);
    for (const side of ['agent', 'intermediary'] as const) {
      const [agent, intermediary] = await Promise.all([dialThrough(server), watched.next()]);
      const ended = Promise.all([ending(agent), ending(intermediary)]);
      t.false(await isEmpty(agents));
      (side === 'agent' ? agent : intermediary).close();
      t.deepEqual((await ended).map(({ code }) => code), ['closed', 'closed']);
      await until(() => isEmpty(agents), 'an empty folder');
    }
    t.deepEqual(watched.stuck, []);
  });

  test('a file that is a link, too large, a folder or garbage ends its connection and is not read', async (t) => {
    const { server, watched, agents } = await served(t);
    const secret = join(await temporaryFolder(t), 'secret');
    const batch = encodeBatch({ number: 1, frames: [Uint8Array.of(1)], ending: 'none' });
    await writeFile(secret, batch);
    const client = await stranger(t, server);
    const first = `agents/${someName}/up-00000001`;
    const tricks = [
      () => symlink(secret, join(agents, someName, 'up-00000001')),
      () => put(client, first, maxBatchBytes + 1),
      () => client.send(`MKD ${first}`),
      () => put(client, first, 100),
    ];
    for (const trick of tricks) {
      await client.send(`MKD agents/${someName}`);
      const transport = await watched.next();
      await trick();
      const { code, frames } = await ending(transport);
      t.true(code === 'connection-lost' || code === 'message-malformed', code);
      t.is(frames, 0);
      await until(() => isEmpty(agents), 'an empty folder');
    }
    t.deepEqual(Uint8Array.from(await readFile(secret)), batch);
  });

  test('more files than a connection needs end it and are removed', async (t) => {
    const { server, watched, agents } = await served(t);
    const client = await stranger(t, server);
    await client.send(`MKD agents/${someName}`);
    const ended = ending(await watched.next());
    for (let count = 0; count <= limits.ftpFolderEntries; count += 1) await client.sendIgnoringError(`MKD agents/${someName}/${count}`);
    t.is((await ended).code, 'connection-lost');
    await until(() => isEmpty(agents), 'an empty folder');
  });

  test('strange files, names of any bytes, deep nests and links are removed, and what a link points to is not', async (t) => {
    const { server, watched, agents } = await served(t);
    const client = await stranger(t, server);
    const other = await temporaryFolder(t);
    await writeFile(join(other, 'kept'), 'kept');
    await symlink(other, join(agents, 'ef'.repeat(16)));
    await put(client, 'agents/a-file', 10);
    client.ftp.encoding = 'latin1';
    await client.send('MKD agents/\xff\xfe\x80');
    await put(client, 'agents/\xff\xfe\x80/\xf0\xf1', 10);
    let nest = 'agents/nest';
    for (let depth = 0; depth < 40; depth += 1) {
      await client.send(`MKD ${nest}`);
      nest += `/${'n'.repeat(90)}`;
    }
    await mkdir(join(agents, 'holder'));
    await symlink(other, join(agents, 'holder', 'link'));
    await until(() => isEmpty(agents), 'an empty folder');
    t.true(existsSync(join(other, 'kept')));
    t.deepEqual([watched.accepted.length, watched.stuck.length], [0, 0]);
  });

  test('a flood of folders makes no more transports than allowed, and all of it goes again', async (t) => {
    const { server, watched, agents } = await served(t);
    const client = await stranger(t, server);
    for (let count = 0; count < limits.maxFtpFolders + 100; count += 1) await client.sendIgnoringError(`MKD agents/${count.toString(16).padStart(32, '0')}`);
    await until(() => watched.accepted.length === limits.maxFtpFolders, 'the transports');
    await until(async () => (await readdir(agents)).length <= limits.maxFtpFolders, 'the rest to be removed');
    t.is(watched.accepted.length, limits.maxFtpFolders);
    for (const transport of watched.accepted) transport.close();
    await until(() => isEmpty(agents), 'all to be removed');
  });

  test('what lay there from before a start is removed and nobody is taken for connected', async (t) => {
    const folder = await sharedFolder(t);
    const agents = join(folder, 'agents');
    await mkdir(join(agents, someName, 'here'), { recursive: true });
    await writeFile(join(agents, someName, 'up-00000001'), 'old');
    const watched = await watchFolder(t, folder);
    await until(() => isEmpty(agents), 'an empty folder');
    t.is(watched.accepted.length, 0);
  });

  test('the address in the answer to PASV is not believed', async (t) => {
    const { server, watched } = await served(t, 'pasv_address=192.0.2.1', 'cmds_allowed=USER,PASS,TYPE,PASV,STOR,RETR,SIZE,MKD,DELE,RNFR,RNTO,QUIT');
    const [agent, intermediary] = await Promise.all([dialThrough(server), watched.next()]);
    const got = new Promise<Uint8Array>((resolve) => agent.listen({ frame: resolve, drained: () => undefined, closed: () => undefined }));
    intermediary.send(Uint8Array.of(7));
    t.deepEqual([...await got], [7]);
    agent.close();
  });

  test('an FTP server with no intermediary behind it is timed-out, and an abort is cancelled', async (t) => {
    const server = await startVsftpd(t, await sharedFolder(t));
    const hurried: Clock = { ...systemClock, after: (delayMs, task) => systemClock.after(delayMs === limits.handshakeMs ? 500 : delayMs, task) };
    const signal = new AbortController().signal;
    const late = await dialFtp({ address: server.address, path: directPath, signal, clock: hurried, random: systemRandom });
    t.is(late.ok ? '' : late.code, 'timed-out');
    const aborted = new AbortController();
    const given = dialFtp({ address: server.address, path: directPath, signal: aborted.signal, clock: systemClock, random: systemRandom });
    aborted.abort();
    const outcome = await given;
    t.is(outcome.ok ? '' : outcome.code, 'cancelled');
  });
}

test('nobody there, no FTP there, no address of this kind: unreachable', async (t) => {
  const other = createServer((socket) => socket.end('SSH-2.0-x\r\n').on('error', () => socket.destroy())).listen(0, '127.0.0.1');
  await once(other, 'listening');
  t.teardown(() => other.close());
  const port = (other.address() as AddressInfo).port;
  for (const address of ['ftp://127.0.0.1:1', `ftp://127.0.0.1:${port}`, '127.0.0.1:21', 'ftp://nonsense']) {
    const outcome = await dialFtp({ address, path: directPath, signal: new AbortController().signal, clock: systemClock, random: systemRandom });
    t.is(outcome.ok ? '' : outcome.code, 'unreachable', address);
  }
});

test('a server that greets and then pours out an endless answer is cut off', async (t) => {
  const endless = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    const pour = (error?: Error | null): void => {
      if (!error) socket.write(`220-${'x'.repeat(60_000)}\r\n`, pour);
    };
    pour();
  }).listen(0, '127.0.0.1');
  await once(endless, 'listening');
  t.teardown(() => endless.close());
  const outcome = await dialFtp({ address: `ftp://127.0.0.1:${(endless.address() as AddressInfo).port}`, path: directPath, signal: new AbortController().signal, clock: systemClock, random: systemRandom });
  t.is(outcome.ok ? '' : outcome.code, 'unreachable');
});

test('a folder that is not there is said, not made', async (t) => {
  const started = await acceptFtp({ folder: await temporaryFolder(t), clock: systemClock, random: systemRandom, accepted: () => undefined, stuck: () => undefined });
  t.is(started.ok ? '' : started.code, 'not-found');
});
