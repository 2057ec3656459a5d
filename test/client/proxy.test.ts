/** The console's own way through a proxy: real proxies between it and a server that is known by the pinned authority. */
import { createServer } from 'node:https';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { WebSocketServer } from 'ws';
import { ensureServerCertificate } from '../../certs/server-certificate.ts';
import { nodeDial, nodeExchange } from '../../console/client/exchange-node.ts';
import type { HttpAnswer } from '../../console/client/http.ts';
import { proxyFor } from '../../console/client/proxy-node.ts';
import { systemClock } from '../../protocol/clock.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import { eventually } from '../support/behest.ts';
import { take } from '../support/house.ts';
import { has } from '../support/needs.ts';
import { freePort, startDante, startInterceptor, startSquid } from '../support/proxies.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const login = { user: 'jana', password: 'p@ss:w/rd' };
const written = `${login.user}:${encodeURIComponent(login.password)}`;

/** Answers `here` to every request, and to every socket. Only a proxy knows its name (RFC 6761: `.test` is nobody's). */
async function serve(t: ExecutionContext, name: string): Promise<{ address: string; authority: string }> {
  const { authority, certificate, key } = take(await ensureServerCertificate(await temporaryFolder(t), [name], systemClock));
  const server = createServer({ cert: certificate, key }, (_, answer) => answer.end('here'));
  new WebSocketServer({ server, path: '/api/live', handleProtocols: () => 'behest' }).on('connection', (socket) => socket.send(Buffer.from('here')));
  return { address: `https://${name}:${await listen(t, server)}`, authority };
}

async function listen(t: ExecutionContext, server: Server): Promise<number> {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** The environment of this process for one test; all of them are serial. */
function setEnvironment(t: ExecutionContext, variables: Readonly<Record<string, string>>): void {
  const all = { HTTPS_PROXY: '', ALL_PROXY: '', NO_PROXY: '', https_proxy: '', all_proxy: '', no_proxy: '', ...variables };
  const before = Object.keys(all).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, all);
  t.teardown(() => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });
}

type Place = { readonly address: string; readonly authority: string };

async function ask(place: Place): Promise<Outcome<HttpAnswer>> {
  return nodeExchange({ ...place, proxy: take(await proxyFor(place.address)) })({ method: 'GET', path: '/healthz', headers: {} });
}

/** The first thing that the live socket says, or why it closed. */
async function hear(place: Place): Promise<string> {
  const proxy = take(await proxyFor(place.address));
  return new Promise((resolve) => {
    const socket = nodeDial({ ...place, proxy }, () => 'token')({
      opened: () => {},
      message: (bytes) => {
        resolve(Buffer.from(bytes).toString());
        socket.close();
      },
      closed: (reason) => resolve(reason),
    });
  });
}

const name = 'relay.behest.test';

test.serial('requests and the live socket go through squid with its password, and the pinned authority holds behind it', async (t) => {
  if (!has(t, 'squid')) return;
  const [place, squid] = [await serve(t, name), await startSquid(t, { login, names: [name] })];
  setEnvironment(t, { HTTPS_PROXY: `http://${written}@${squid.address}` });
  t.deepEqual(await ask(place), { ok: true, value: { status: 200, text: 'here' } });
  t.is(await hear(place), 'here');
  await eventually(() => squid.log().match(/TCP_TUNNEL\/200 .* CONNECT relay\.behest\.test:/g)?.length === 2); // said when they end
  const stranger = await serve(t, name);
  t.like(await ask({ ...place, address: stranger.address }), { ok: false, code: 'certificate-refused' });
});

test.serial('requests and the live socket go through dante with its password, which resolves the name', async (t) => {
  if (!has(t, 'dante')) return;
  const [place, dante] = [await serve(t, name), await startDante(t, { login, names: [name] })];
  setEnvironment(t, { ALL_PROXY: `socks5h://${written}@${dante.address}` });
  t.deepEqual(await ask(place), { ok: true, value: { status: 200, text: 'here' } });
  t.is(await hear(place), 'here');
});

test.serial('a proxy written without its kind is an HTTP proxy', async (t) => {
  if (!has(t, 'squid')) return;
  const [place, squid] = [await serve(t, name), await startSquid(t, { names: [name] })];
  setEnvironment(t, { https_proxy: squid.address });
  t.true((await ask(place)).ok);
});

test.serial('what NO_PROXY lists, and this very machine, is reached directly', async (t) => {
  const dead = `http://127.0.0.1:${await freePort()}`;
  setEnvironment(t, { HTTPS_PROXY: dead, NO_PROXY: '.corp.test, relay.behest.test:8443' });
  for (const address of ['https://relay.corp.test', `https://${name}:8443`, 'https://localhost:8443', 'https://127.0.0.1', 'https://[::1]:8443']) t.is(take(await proxyFor(address)), undefined, address);
  t.is(take(await proxyFor(`https://${name}:443`))?.name, dead);
  const here = await serve(t, 'localhost');
  t.true((await ask(here)).ok);
  t.is(await hear(here), 'here');
});

test.serial('a proxy that refuses, wants a password, opens TLS, or is not there, is told from the intermediary', async (t) => {
  if (!has(t, 'squid', 'dante')) return;
  const place = await serve(t, name);
  const refused = async (proxy: string): Promise<string> => {
    setEnvironment(t, { HTTPS_PROXY: proxy });
    const answer = await ask(place);
    const socket = await hear(place);
    t.notRegex(JSON.stringify(answer) + socket, /jana|p@ss|wrong/);
    t.not(socket, 'here');
    return answer.ok ? `${answer.value.status} ${answer.value.text}` : `${answer.code}: ${answer.detail.replaceAll(/:\d+/g, '')}`;
  };
  const [squid, dante, interceptor] = [await startSquid(t, { login, names: [name] }), await startDante(t, { login, names: [name] }), await startInterceptor(t)];
  const closed = await startSquid(t, { rules: ['http_access deny all'] });
  t.is(await refused(`http://jana:wrong@${squid.address}`), `proxy-credentials: https://${name} through http://127.0.0.1`);
  t.regex(await refused(`socks5h://jana:wrong@${dante.address}`), /^proxy-credentials: .* through socks5h:\/\/127\.0\.0\.1: Socks5 Authentication failed/);
  t.is(await refused(`http://${closed.address}`), `proxy-refused: https://${name} through http://127.0.0.1`);
  t.regex(await refused(`http://${interceptor.address}`), /^certificate-refused: /);
  t.is(interceptor.heard(), '');
  t.regex(await refused(`http://127.0.0.1:${await freePort()}`), /^unreachable: .* through http:\/\/127\.0\.0\.1: connect ECONNREFUSED/);
  setEnvironment(t, { HTTPS_PROXY: 'gopher://jana:wrong@proxy.test' });
  const strange = await proxyFor(place.address);
  t.like(strange, { ok: false, code: 'usage' });
  t.notRegex(JSON.stringify(strange), /jana|wrong/);
});

test.serial('a proxy that takes the connection and says nothing is given up, and its connection with it', async (t) => {
  const gone: Promise<void>[] = [];
  const silent = createTcpServer((socket) => void gone.push(new Promise((resolve) => void socket.on('error', () => {}).on('close', () => resolve()).resume())));
  setEnvironment(t, { HTTPS_PROXY: `http://127.0.0.1:${await listen(t, silent)}` });
  const place = { address: `https://${name}`, authority: '' };
  const [answer, socket] = await Promise.all([ask(place), hear(place)]);
  t.like(answer, { ok: false, code: 'timed-out' });
  t.regex(socket, /timed-out$/);
  t.is(gone.length, 2);
  await Promise.all(gone);
});
