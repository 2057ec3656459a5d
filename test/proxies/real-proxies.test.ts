import test from 'ava';
import { ensureServerCertificate } from '../../certs/server-certificate.ts';
import { systemClock } from '../../protocol/clock.ts';
import { eventually } from '../support/behest.ts';
import { has } from '../support/needs.ts';
import { take } from '../support/house.ts';
import { freePort, startDante, startSquid, startSshSocks, startTinyproxy } from '../support/proxies.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { bothWords, login, never, pathThrough, plainLogin, roundTrip, serveEcho, withLogin } from './counterparts.ts';

test('squid: a tunnel by CONNECT, also for a server that speaks first', async (t) => {
  if (!has(t, 'squid')) return;
  const [squid, far] = [await startSquid(t), await serveEcho(t)];
  t.is(await roundTrip(pathThrough(`http://${squid.address}`), far.target), bothWords);
  t.is(await roundTrip(pathThrough(`http://${squid.address}`), { ...far.target, host: 'localhost' }), bothWords);
  await eventually(() => far.open.size === 0);
});

test('squid with a basic password: taken from the URL, percent-decoded, and asked for only once a path', async (t) => {
  if (!has(t, 'squid')) return;
  const [squid, far] = [await startSquid(t, { login }), await serveEcho(t)];
  const path = pathThrough(withLogin('http', squid.address, login));
  t.is(await roundTrip(path, far.target), bothWords);
  t.is(await roundTrip(path, far.target), bothWords);
  t.is(squid.log().match(/TCP_DENIED\/407/g)?.length, 1);
});

test('squid with a digest password: the nonce is used again and counted', async (t) => {
  if (!has(t, 'squid')) return;
  const [squid, far] = [await startSquid(t, { login: plainLogin, scheme: 'digest' }), await serveEcho(t)];
  const path = pathThrough(withLogin('http', squid.address, plainLogin));
  for (let round = 0; round < 3; round++) t.is(await roundTrip(path, far.target), bothWords);
  t.is(squid.log().match(/TCP_DENIED\/407/g)?.length, 1);
});

test('squid with a digest password: a stale nonce is renewed', async (t) => {
  if (!has(t, 'squid')) return;
  const [squid, far] = [await startSquid(t, { login: plainLogin, scheme: 'digest', nonceSeconds: 2 }), await serveEcho(t)];
  const path = pathThrough(withLogin('http', squid.address, plainLogin));
  t.is(await roundTrip(path, far.target), bothWords);
  // squid counts whole seconds: there is no event to wait for but its refusal
  for (let tries = 0; tries < 100 && squid.log().match(/TCP_DENIED\/407/g)?.length === 1; tries++) {
    t.is(await roundTrip(path, far.target), bothWords);
    await new Promise((resolve) => { setTimeout(resolve, 100); });
  }
  t.is(squid.log().match(/TCP_DENIED\/407/g)?.length, 2);
});

for (const scheme of ['basic', 'digest'] as const) {
  test(`squid with a ${scheme} password: a wrong one, or none, is proxy-credentials and stands in no text`, async (t) => {
    if (!has(t, 'squid')) return;
    const [squid, far] = [await startSquid(t, { login: plainLogin, scheme }), await serveEcho(t)];
    const wrong = { user: plainLogin.user, password: 'quite-wrong-77' };
    const path = pathThrough(withLogin('http', squid.address, wrong));
    for (const one of [path, path, pathThrough(`http://${squid.address}`)]) {
      const refused = await roundTrip(one, far.target);
      t.regex(refused, /^proxy-credentials: proxy http:\/\/127\.0\.0\.1:\d+: 407 Proxy Authentication Required \(ERR_CACHE_ACCESS_DENIED/);
      t.notRegex(refused + JSON.stringify(one), /quite-wrong|agent47/);
    }
    t.is(far.total(), 0);
    // one guess a connection, and never the same again in a loop: accounts get locked
    t.is(squid.log().match(/TCP_DENIED\/407/g)?.length, 5);
  });
}

test('squid as an HTTPS proxy: reached over TLS when its authority is known, and not spoken to when it is not', async (t) => {
  if (!has(t, 'squid')) return;
  const tls = take(await ensureServerCertificate(await temporaryFolder(t), ['localhost'], systemClock));
  const [squid, far] = [await startSquid(t, { tls, login }), await serveEcho(t)];
  const url = withLogin('https', `localhost:${squid.port}`, login);
  t.is(await roundTrip(pathThrough(url, { authorities: [tls.authority] }), far.target), bothWords);
  const requests = (): number | undefined => squid.log().match(/CONNECT/g)?.length;
  // squid writes a request down when its tunnel has ended
  await eventually(() => requests() === 2);
  t.regex(await roundTrip(pathThrough(url), far.target), /^proxy-refused: proxy https:\/\/localhost:\d+: TLS to the proxy failed: /);
  t.is(requests(), 2);
});

test('tinyproxy: without a password and with one', async (t) => {
  if (!has(t, 'tinyproxy')) return;
  const [open, guarded, far] = [await startTinyproxy(t), await startTinyproxy(t, { login: plainLogin }), await serveEcho(t)];
  t.is(await roundTrip(pathThrough(`http://${open.address}`), far.target), bothWords);
  t.is(await roundTrip(pathThrough(withLogin('http', guarded.address, plainLogin)), far.target), bothWords);
  t.regex(await roundTrip(pathThrough(`http://${guarded.address}`), far.target), /^proxy-credentials: /);
});

test('dante: SOCKS 4 and 5, names resolved by the proxy where the protocol can', async (t) => {
  if (!has(t, 'dante')) return;
  const [dante, far] = [await startDante(t), await serveEcho(t)];
  for (const kind of ['socks4', 'socks5', 'socks5h', 'socks']) {
    t.is(await roundTrip(pathThrough(`${kind}://${dante.address}`), far.target), bothWords, kind);
    t.is(await roundTrip(pathThrough(`${kind}://${dante.address}`), { ...far.target, host: 'localhost' }), bothWords, `${kind} by name`);
  }
  await eventually(() => far.open.size === 0);
  t.is(far.total(), 8);
});

test('OpenSSH: SOCKS 4a and 5 by name', async (t) => {
  if (!has(t, 'ssh')) return;
  const [ssh, far] = [await startSshSocks(t), await serveEcho(t)];
  for (const kind of ['socks4a', 'socks5']) t.is(await roundTrip(pathThrough(`${kind}://${ssh.address}`), { ...far.target, host: 'localhost' }), bothWords, kind);
});

test('dante with a password: the right one passes, a wrong one or none is proxy-credentials', async (t) => {
  if (!has(t, 'dante')) return;
  const [dante, far] = [await startDante(t, { login: plainLogin }), await serveEcho(t)];
  t.is(await roundTrip(pathThrough(withLogin('socks5', dante.address, plainLogin)), far.target), bothWords);
  const wrong = await roundTrip(pathThrough(withLogin('socks5', dante.address, { user: plainLogin.user, password: 'quite-wrong-77' })), far.target);
  t.regex(wrong, /^proxy-credentials: proxy socks5:/);
  t.notRegex(wrong, /quite-wrong|agent47/);
  t.regex(await roundTrip(pathThrough(`socks5://${dante.address}`), far.target), /^proxy-credentials: /);
});

test('a target that refuses is unreachable, by the word of each proxy', async (t) => {
  if (!has(t, 'squid', 'tinyproxy', 'dante')) return;
  const nobody = { host: '127.0.0.1', port: await freePort() };
  const dante = await startDante(t);
  for (const url of [`http://${(await startSquid(t)).address}`, `socks4://${dante.address}`, `socks5://${dante.address}`]) {
    t.regex(await roundTrip(pathThrough(url), nobody), /^unreachable: proxy /, url);
  }
  // tinyproxy says 500 for this
  t.regex(await roundTrip(pathThrough(`http://${(await startTinyproxy(t)).address}`), nobody), /^(unreachable|proxy-refused): proxy /);
});

test('a proxy that forbids the target says so', async (t) => {
  if (!has(t, 'squid', 'dante')) return;
  const far = await serveEcho(t);
  const squid = await startSquid(t, { rules: ['http_access deny CONNECT'] });
  const dante = await startDante(t, { rules: ['socks block { from: 0.0.0.0/0 to: 0.0.0.0/0 }'] });
  t.regex(await roundTrip(pathThrough(`http://${squid.address}`), far.target), /^proxy-refused: proxy http:.*: 403 Forbidden \(ERR_ACCESS_DENIED/);
  t.regex(await roundTrip(pathThrough(`socks5://${dante.address}`), far.target), /^proxy-refused: proxy socks5:.*NotAllowed/);
});

test('squid forwards a plain request in absolute form, with digest', async (t) => {
  if (!has(t, 'squid')) return;
  const { createServer, request } = await import('node:http');
  const { once } = await import('node:events');
  const web = createServer((asked, answer) => answer.end(`${asked.method} ${asked.url}`)).listen(0, '127.0.0.1');
  await once(web, 'listening');
  t.teardown(() => void web.close());
  const squid = await startSquid(t, { login: plainLogin, scheme: 'digest' });
  const { forward } = pathThrough(withLogin('http', squid.address, plainLogin));
  const uri = `http://127.0.0.1:${(web.address() as { port: number }).port}/agent`;
  const ask = async (): Promise<{ status: number; challenge: string; body: string }> => {
    const stream = take(await forward!.connect(never()));
    const proof = forward!.authorization('GET', uri);
    const asked = request({ path: uri, createConnection: () => stream, headers: proof === undefined ? {} : { 'proxy-authorization': proof } }).end();
    const [answer] = await once(asked, 'response');
    let body = '';
    for await (const chunk of answer) body += String(chunk);
    return { status: answer.statusCode, challenge: answer.headers['proxy-authenticate'] ?? '', body };
  };
  const first = await ask();
  t.is(first.status, 407);
  t.true(forward!.challenged(first.challenge));
  t.like(await ask(), { status: 200, body: 'GET /agent' });
});
