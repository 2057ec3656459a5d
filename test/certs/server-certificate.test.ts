import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { chmod, readFile, rm, stat, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { connect, createServer } from 'node:tls';
import type { ConnectionOptions } from 'node:tls';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { ensureServerCertificate } from '../../certs/server-certificate.ts';
import type { ServerCertificate } from '../../certs/server-certificate.ts';
import { systemClock } from '../../protocol/clock.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const dayMs = 86_400_000;

async function ensure(t: ExecutionContext, folder: string, names: readonly string[] = [], nowMs = Date.now()): Promise<ServerCertificate> {
  const outcome = await ensureServerCertificate(folder, names, { now: () => nowMs });
  if (!outcome.ok) t.fail(outcome.detail);
  return outcome.ok ? outcome.value : { authority: '', certificate: '', key: '' };
}

/** Shakes hands with a real server that has this certificate; the error is undefined when the client trusts it. */
async function handshake(t: ExecutionContext, pem: ServerCertificate, options: ConnectionOptions): Promise<string | undefined> {
  const server = createServer({ cert: pem.certificate, key: pem.key }, (socket) => socket.on('error', () => socket.destroy()));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const socket = connect({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, ...options });
  t.teardown(() => socket.destroy());
  return new Promise((resolve) => {
    socket.once('secureConnect', () => resolve(undefined));
    socket.once('error', (error) => resolve('code' in error ? String(error.code) : error.message));
  });
}

test('a client that trusts just the authority accepts the server under each of its names', async (t) => {
  const pem = await ensure(t, await temporaryFolder(t), ['relay.example', '192.0.2.9']);
  for (const servername of ['localhost', 'relay.example']) {
    t.is(await handshake(t, pem, { ca: pem.authority, servername }), undefined);
  }
  t.is(await handshake(t, pem, { ca: pem.authority }), undefined, '127.0.0.1');
});

test('a client refuses another name, and another authority', async (t) => {
  const [pem, other] = [await ensure(t, await temporaryFolder(t)), await ensure(t, await temporaryFolder(t))];
  t.is(await handshake(t, pem, { ca: pem.authority, servername: 'relay.example' }), 'ERR_TLS_CERT_ALTNAME_INVALID');
  t.truthy(await handshake(t, pem, { ca: other.authority, servername: 'localhost' }));
});

test('the second call returns what the first one made', async (t) => {
  const folder = await temporaryFolder(t);
  const first = await ensure(t, folder, ['relay.example', '::1', '0:0:0:0:0:0:0:1']);
  t.deepEqual(await ensure(t, folder, ['RELAY.example']), first);
});

test('keys are readable by their owner only, and lives are as long as the limits say', async (t) => {
  const folder = await temporaryFolder(t);
  const nowMs = Date.now();
  const pem = await ensure(t, folder, [], nowMs);
  for (const name of ['ca-key.pem', 'server-key.pem']) t.is((await stat(join(folder, name))).mode & 0o777, 0o600);
  const days = (text: string) => Math.round((new X509Certificate(text).validToDate.getTime() - nowMs) / dayMs);
  t.deepEqual([days(pem.authority), days(pem.certificate)], [3650, 397]);
});

test('the server certificate is renewed when less than 30 days are left, and the authority stays', async (t) => {
  const folder = await temporaryFolder(t);
  const startMs = Date.now();
  const first = await ensure(t, folder, [], startMs);
  t.is((await ensure(t, folder, [], startMs + 366 * dayMs)).certificate, first.certificate);
  const renewed = await ensure(t, folder, [], startMs + 368 * dayMs);
  t.not(renewed.certificate, first.certificate);
  t.not(renewed.key, first.key);
  t.is(renewed.authority, first.authority);
});

test('the server certificate is renewed when names come or go', async (t) => {
  const folder = await temporaryFolder(t);
  const first = await ensure(t, folder);
  const more = await ensure(t, folder, ['relay.example']);
  t.not(more.certificate, first.certificate);
  t.is(more.authority, first.authority);
  t.not((await ensure(t, folder)).certificate, more.certificate);
});

test('a crash between key and certificate is mended, in the server pair and in the first authority', async (t) => {
  const [folder, other] = [await temporaryFolder(t), await temporaryFolder(t)];
  await ensure(t, folder);
  await ensure(t, other);
  await writeFile(join(folder, 'server-key.pem'), await readFile(join(other, 'server-key.pem')));
  const mended = await ensure(t, folder);
  t.true(new X509Certificate(mended.certificate).verify(new X509Certificate(mended.authority).publicKey));
  await rm(join(folder, 'ca.pem'));
  const anew = await ensure(t, folder);
  t.not(anew.authority, mended.authority);
  t.is(await handshake(t, anew, { ca: anew.authority }), undefined);
});

test('an authority that is damaged is never replaced', async (t) => {
  const folder = await temporaryFolder(t);
  await ensure(t, folder);
  const before = await readFile(join(folder, 'ca.pem'), 'utf8');
  await writeFile(join(folder, 'ca-key.pem'), 'rubbish');
  const outcome = await ensureServerCertificate(folder, [], systemClock);
  t.is(outcome.ok ? '' : outcome.code, 'certificate-damaged');
  t.is(await readFile(join(folder, 'ca.pem'), 'utf8'), before);
});

test('a folder that cannot be written is a failure with its name', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'file'), '');
  await chmod(join(folder, 'file'), 0o400);
  const outcome = await ensureServerCertificate(join(folder, 'file', 'certs'), [], systemClock);
  t.is(outcome.ok ? '' : outcome.code, 'data-unwritable');
  t.true(!outcome.ok && outcome.detail.includes(folder));
});

test('what is no name is refused', async (t) => {
  const folder = await temporaryFolder(t);
  for (const name of ['', '*', 'a b', 'a,DNS:b', '-a', 'a'.repeat(64), '1.2.3.4/8', 'fe80::1%eth0 x']) {
    const outcome = await ensureServerCertificate(folder, [name], systemClock);
    t.is(outcome.ok ? `accepted ${name}` : outcome.code, 'usage');
  }
});
