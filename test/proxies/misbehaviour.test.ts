import { once } from 'node:events';
import test from 'ava';
import { limits } from '../../protocol/limits.ts';
import { eventually } from '../support/behest.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { freePort } from '../support/proxies.ts';
import { take } from '../support/house.ts';
import { converse, never, pathThrough, roundTrip, serve, serveEcho } from './counterparts.ts';

const target = { host: 'intermediary.test', port: 443 };
const kinds = ['http', 'socks4a', 'socks5'] as const;

for (const kind of kinds) {
  test(`${kind}: a dead proxy is unreachable at once`, async (t) => {
    t.regex(await roundTrip(pathThrough(`${kind}://127.0.0.1:${await freePort()}`), target), /^unreachable: proxy .*ECONNREFUSED/);
  });

  test(`${kind}: a proxy that takes the connection and says nothing is timed-out, and nothing stays open`, async (t) => {
    const silent = await serve(t, () => undefined);
    const clock = new ManualClock();
    const waiting = pathThrough(`${kind}://${silent.address}`, { clock }).connect(target, never());
    await eventually(() => silent.open.size === 1);
    clock.advance(limits.proxyMs);
    t.like(await waiting, { ok: false, code: 'timed-out' });
    await eventually(() => silent.open.size === 0);
    t.is(clock.pending, 0);
  });

  test(`${kind}: a proxy that answers garbage, or cuts, is refused and left`, async (t) => {
    for (const bytes of ['\x00\x01\x02\x03garbage\r\n\r\n'.repeat(4), 'SSH-2.0-OpenSSH_9.2\r\n', '']) {
      const odd = await serve(t, (socket) => socket.end(bytes));
      t.regex(await roundTrip(pathThrough(`${kind}://${odd.address}`), target), /^proxy-refused: proxy /, JSON.stringify(bytes));
      await eventually(() => odd.open.size === 0);
    }
  });

  test(`${kind}: given up at any moment it leaves no socket open`, async (t) => {
    // the answer comes byte by byte, each asked for by the test: so every state of the exchange is met
    const answers = { http: 'HTTP/1.1 200 OK\r\nx: y\r\n\r\n', socks4a: '\x00\x5a\x00\x00\x00\x00\x00\x00', socks5: '\x05\x00\x05\x00\x00\x01\x00\x00\x00\x00\x00' };
    const answer = Buffer.from(answers[kind], 'latin1');
    for (let length = 0; length < answer.length; length++) {
      const slow = await serve(t, (socket) => void socket.once('data', () => socket.write(answer.subarray(0, length))));
      const giving = new AbortController();
      const waiting = pathThrough(`${kind}://${slow.address}`).connect(target, giving.signal);
      await eventually(() => [...slow.open].some((socket) => socket.bytesWritten === length && socket.bytesRead > 0));
      await new Promise(setImmediate);
      giving.abort();
      t.like(await waiting, { ok: false, code: 'cancelled' }, `after ${length} bytes`);
      await eventually(() => slow.open.size === 0);
      await slow.close();
    }
    const before = new AbortController();
    before.abort();
    t.like(await pathThrough(`${kind}://127.0.0.1:9`).connect(target, before.signal), { ok: false, code: 'cancelled' });
  });

  test(`${kind}: bytes that come in one piece with the answer are not lost`, async (t) => {
    const greeting = 'hello\n';
    const eager = await serve(t, (socket) => {
      const granted = { http: 'HTTP/1.1 200 Connection established\r\n\r\n', socks4a: '\x00\x5a\x00\x00\x00\x00\x00\x00', socks5: '\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00' }[kind];
      const last = (): void => {
        socket.write(Buffer.from(granted + greeting, 'latin1'));
        socket.pipe(socket);
      };
      if (kind !== 'socks5') return void socket.once('data', last);
      socket.once('data', () => {
        socket.once('data', last);
        socket.write(Buffer.from([5, 0]));
      });
    });
    const stream = take(await pathThrough(`${kind}://${eager.address}`).connect(target, never()));
    await new Promise((resolve) => { setTimeout(resolve, 20); }); // a reader that comes late: nothing to wait for
    t.is(await converse(stream), 'hello\nword\n');
  });
}

for (const [status, code] of [['403 Forbidden', 'proxy-refused'], ['500 Oops', 'proxy-refused'], ['302 Found', 'proxy-refused'], ['502 Bad Gateway', 'unreachable'], ['503 Service Unavailable', 'unreachable'], ['504 Gateway Timeout', 'unreachable']] as const) {
  test(`an answer of ${status} is ${code}, with the proxy's reason`, async (t) => {
    const proxy = await serve(t, (socket) => void socket.once('data', () => socket.end(`HTTP/1.1 ${status}\r\ncontent-length: 3\r\n\r\nno\n`)));
    t.is(await roundTrip(pathThrough(`http://${proxy.address}`), target), `${code}: proxy http://${proxy.address}: ${status}`);
    await eventually(() => proxy.open.size === 0);
  });
}

test('a proxy that answers 407 for ever is asked three times at most', async (t) => {
  for (const challenge of ['Basic realm="x"', 'Digest realm="x", nonce="NNN", qop="auth", stale=true', 'Digest realm="x", nonce="NNN"', 'Negotiate']) {
    let nonce = 0;
    const loop = await serve(t, (socket) => void socket.on('data', () => socket.end(`HTTP/1.1 407 No\r\nproxy-authenticate: ${challenge.replace('NNN', String(nonce++))}\r\n\r\n`)));
    t.regex(await roundTrip(pathThrough(`http://somebody:secret-word@${loop.address}`), target), /^proxy-credentials: /);
    t.true(loop.total() <= 3, `${challenge}: ${loop.total()}`);
    await loop.close();
  }
});

test('a proxy that repeats what it was told cannot put it into our texts', async (t) => {
  const parrot = await serve(t, (socket) => void socket.on('data', (chunk: Buffer) => {
    const told = /proxy-authorization: (.*)\r\n/i.exec(chunk.toString())?.[1];
    socket.end(told === undefined ? 'HTTP/1.1 407 No\r\nproxy-authenticate: Basic realm="x"\r\n\r\n' : `HTTP/1.1 403 ${told} ${Buffer.from(told.slice(6), 'base64').toString()}\r\n\r\n`);
  }));
  const said = await roundTrip(pathThrough(`http://somebody:secret-word@${parrot.address}`), target);
  t.regex(said, /^proxy-refused: proxy http:.*: 403 Basic … …:…$/);
});

test('an answer without end is cut off', async (t) => {
  const flood = await serve(t, (socket) => {
    const more = (): void => {
      while (socket.writable && socket.write(`x-${'y'.repeat(1000)}: z\r\n`));
    };
    socket.once('data', () => {
      socket.write('HTTP/1.1 200 OK\r\n');
      socket.on('drain', more);
      more();
    });
  });
  t.regex(await roundTrip(pathThrough(`http://${flood.address}`), target), /^proxy-refused: proxy .*(header|overflow)/i);
  await eventually(() => flood.open.size === 0);
});

test('nothing is said of credentials before the proxy asks', async (t) => {
  const heard: string[] = [];
  const proxy = await serve(t, (socket) => void socket.once('data', (chunk: Buffer) => {
    heard.push(chunk.toString());
    socket.end('HTTP/1.1 403 No\r\n\r\n');
  }));
  await roundTrip(pathThrough(`http://somebody:secret-word@${proxy.address}`), target);
  t.is(heard.join(''), 'CONNECT intermediary.test:443 HTTP/1.1\r\nhost: intermediary.test:443\r\nConnection: close\r\n\r\n');
});

test('a stream through a proxy carries back-pressure and its end', async (t) => {
  const far = await serveEcho(t);
  const stream = take(await pathThrough(`http://${(await serve(t, (socket) => void socket.once('data', () => {
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    socket.pipe(socket);
  }))).address}`).connect(far.target, never()));
  const bytes = 8 * 1024 * 1024;
  let received = 0;
  stream.on('data', (chunk: Buffer) => { received += chunk.length; });
  stream.end(Buffer.alloc(bytes));
  await once(stream, 'end');
  t.is(received, bytes);
});
