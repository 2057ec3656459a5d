import { once } from 'node:events';
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { systemClock } from '../../protocol/clock.ts';
import { limits } from '../../protocol/limits.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import { fetchText } from '../../agent/contact/proxies/fetch-text.ts';
import { readPacAnswer } from '../../agent/contact/proxies/pac-answer.ts';
import { runPac } from '../../agent/contact/proxies/pac-run.ts';
import { nameOf } from '../../transports/proxies/proxy.ts';
import { never } from './counterparts.ts';

const target = { host: 'intermediary.corp.test', port: 8443 };

/** What it answers, or why not; and what it looked up. */
async function run(script: string, addresses: Readonly<Record<string, string>> = {}): Promise<{ said: string; asked: string[] }> {
  const asked: string[] = [];
  const lookup = async (name: string): Promise<string | undefined> => {
    asked.push(name);
    return addresses[name];
  };
  const outcome = await runPac(script, target, { lookup, ownAddress: () => '10.1.2.3', clock: systemClock });
  return { said: outcome.ok ? outcome.value : `${outcome.code}: ${outcome.detail}`, asked };
}

function body(statements: string): string {
  return `function FindProxyForURL(url, host) { ${statements} }`;
}

test.serial('a script sees the address and the host, and its answer comes back as it stands', async (t) => {
  t.is((await run(body('return "PROXY " + host + "; " + url;'))).said, 'PROXY intermediary.corp.test; https://intermediary.corp.test:8443/');
});

test.serial('the vocabulary of PAC files works, and names are looked up by the machine that was handed in', async (t) => {
  const addresses = { 'intermediary.corp.test': '10.9.0.7' };
  const { said, asked } = await run(body(`
    if (!isInNet(host, "10.9.0.0", "255.255.0.0")) return "wrong network";
    if (!dnsDomainIs(host, ".corp.test") || isPlainHostName(host) || !shExpMatch(url, "https://*.corp.test*")) return "wrong name";
    if (isResolvable("nowhere.test") || dnsResolve("nowhere.test") !== null) return "wrong lookup";
    if (localHostOrDomainIs(host, "other.test") || dnsDomainLevels(host) !== 2 || !weekdayRange("SUN", "SAT")) return "wrong words";
    alert("nobody reads this");
    return "PROXY " + myIpAddress() + ":3128";`), addresses);
  t.is(said, 'PROXY 10.1.2.3:3128');
  t.deepEqual(asked, ['intermediary.corp.test', 'nowhere.test', 'nowhere.test']);
});

const endless = [
  ['in the function', body('while (true);')],
  ['at the top', 'for (;;);'],
  ['in promises', body('return new Promise(function again(resolve) { Promise.resolve().then(function more() { Promise.resolve().then(more); }); });')],
  ['in a regular expression', body(`return shExpMatch("${'a'.repeat(64)}b", "${'*a'.repeat(32)}*c") ? "a" : "b";`)],
  ['in waiting', body('return new Promise(function () {});')],
] as const;
for (const [where, script] of endless) {
  test.serial(`an endless loop ${where} is ended`, async (t) => {
    t.regex((await run(script)).said, /^pac-unusable: /);
  });
}

test.serial('a script that makes the rewriting of its own code endless is ended', async (t) => {
  // each alias of a looked-up word is found only after the next one: a pass over everything for each
  const aliases = Array.from({ length: 3000 }, (_, index) => `var a${index} = a${index + 1};`).join('\n');
  t.regex((await run(`${aliases} var a3000 = dnsResolve; ${body('return "DIRECT";')}`)).said, /^pac-unusable: it gave no answer/);
});

test.serial('memory has a maximum: a script meets it, and not its end of time', async (t) => {
  t.is((await run(body('var all = []; while (true) all.push(new Uint8Array(1000000));'))).said, 'pac-unusable: out of memory');
});

const bombs = [
  ['an array', body('var all = []; while (true) all.push(new Array(10000).join("x"));')],
  ['a string', body('var text = "x"; while (true) text += text;')],
  ['recursion', body('return FindProxyForURL(url, host);')],
  ['nesting', `${body('return "DIRECT";')} var x = ${'('.repeat(200_000)}1${')'.repeat(200_000)};`],
] as const;
for (const [of, script] of bombs) {
  test.serial(`a memory bomb of ${of} costs only its thread`, async (t) => {
    t.regex((await run(script)).said, /^pac-unusable: /);
    t.true(process.memoryUsage().rss < 1024 * 1024 * 1024);
  });
}

test.serial('a script that throws, answers nonsense or is no script is unusable, with its reason', async (t) => {
  t.regex((await run(body('throw new Error("no \\u0007 way");'))).said, /^pac-unusable: no {1,3}way/);
  t.regex((await run(body('return 42;'))).said, /^pac-unusable: it answered with a value of type number/);
  t.regex((await run(body('return { toString: function () { return "DIRECT"; } };'))).said, /^pac-unusable: it answered with a value of type object/);
  t.regex((await run('function other() {}')).said, /^pac-unusable: /);
  t.regex((await run('<html><body>Please log in</body></html>')).said, /^pac-unusable: /);
  t.regex((await run('')).said, /^pac-unusable: /);
});

test.serial('a script reaches neither file nor network nor process, by whatever trick', async (t) => {
  const names = ['process', 'require', 'module', 'fetch', 'XMLHttpRequest', 'WebAssembly', 'Worker', 'setTimeout', 'Buffer', 'std', 'os', 'navigator'];
  t.is((await run(body(`return ${JSON.stringify(names)}.filter(function (name) { return typeof globalThis[name] !== "undefined"; }).join() || "nothing";`))).said, 'nothing');
  const escapes = [
    'this.constructor.constructor("return process")().pid',
    'dnsResolve.constructor("return process")().pid',
    'alert.constructor.constructor("return process.pid")()',
    'shExpMatch.call.constructor("return this.process.pid")()',
    '(0, eval)("import(\'node:fs\')").then(function (fs) { return "got " + fs; })',
  ];
  for (const escape of escapes) t.regex((await run(body(`return "got " + ${escape};`))).said, /^(pac-unusable: |got undefined)/, escape);
});

test.serial('prototypes that a script bends bend nothing of ours', async (t) => {
  await run(body(`
    Object.prototype.polluted = "yes"; Array.prototype.push = function () { throw 1; };
    Promise.prototype.then = function () { throw 2; }; String.prototype.split = null;
    alert(JSON.parse('{"__proto__": {"polluted": "yes"}, "constructor": {"prototype": {"polluted": "yes"}}}'));
    isInNet({ toString: function () { return "x"; } }, { __proto__: null }, [1]);
    return "DIRECT";`));
  t.is(({} as Record<string, unknown>)['polluted'], undefined);
  t.is((await run(body('return "DIRECT";'))).said, 'DIRECT');
});

test.serial('lookups are counted: what a script asks beyond the bound is not found', async (t) => {
  const { said, asked } = await run(body('var found = 0; for (var i = 0; i < 100; i++) if (isResolvable("secret-" + i + ".attacker.test")) found++; return "PROXY " + found + ":1";'), Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`secret-${index}.attacker.test`, '10.0.0.1'])));
  t.is(asked.length, limits.maxPacLookups);
  t.is(said, `PROXY ${limits.maxPacLookups}:1`);
});

test.serial('a script of a megabyte is run or given up in time, and one that answers a megabyte is cut', async (t) => {
  const table = Array.from({ length: 20_000 }, (_, index) => `"host-${index}.example.test.and.more.of.it"`).join(',\n');
  t.regex((await run(`var all = [${table}];\n${body('return all.length === 20000 ? "PROXY big:1" : "DIRECT";')}`)).said, /^(PROXY big:1$|pac-unusable: it gave no answer)/);
  t.is((await run(body('var text = "PROXY a:1; "; while (text.length < 1000000) text += text; return text;'))).said.length, limits.maxPacAnswerLetters);
});

test.serial('an answer is read in its order, and what is no proxy is left out', (t) => {
  const read = (answer: string): string[] => readPacAnswer(answer).map((choice) => (choice === 'direct' ? 'direct' : nameOf(choice)));
  t.deepEqual(read('PROXY a; SOCKS b; DIRECT'), ['http://a:80', 'socks5://b:1080', 'socks4a://b:1080', 'direct']);
  t.deepEqual(read('proxy a:8080;HTTPS b:8443 ; SOCKS5 [fd00::1]:1; SOCKS4 c'), ['http://a:8080', 'https://b:8443', 'socks5://[fd00::1]:1', 'socks4a://c:1080']);
  t.deepEqual(read('PROXY; DIRECT now; PROXY a b; constructor x; <html>; PROXY http://x/; ; PROXY a:99999'), []);
  t.is(read('PROXY a:1;'.repeat(100)).length, limits.maxPaths);
});

async function site(t: ExecutionContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test.serial('a file is fetched over http, through a few redirects, and nothing else is', async (t) => {
  const base = await site(t, (asked, answer) => {
    if (asked.url === '/wpad.dat') return answer.end('the file');
    if (asked.url === '/file') return answer.writeHead(302, { location: 'file:///etc/passwd' }).end();
    if (asked.url === '/loop') return answer.writeHead(302, { location: '/loop' }).end();
    if (asked.url === '/moved') return answer.writeHead(301, { location: '/wpad.dat' }).end();
    if (asked.url === '/large') return answer.end(Buffer.alloc(limits.maxPacBytes + 1));
    return answer.writeHead(404).end();
  });
  const said = async (address: string): Promise<string> => shown(await fetchText(address, never()));
  t.is(await said(`${base}/wpad.dat`), 'the file');
  t.is(await said(`${base}/moved`), 'the file');
  t.is(await said(`${base}/file`), 'pac-unusable: its address is neither http nor https');
  t.is(await said(`${base}/loop`), `pac-unusable: more than ${limits.maxPacRedirects} redirects`);
  t.is(await said(`${base}/large`), `pac-unusable: larger than ${limits.maxPacBytes} bytes`);
  t.is(await said(`${base}/none`), 'pac-unusable: HTTP 404 instead of a file');
  t.is(await said('file:///etc/passwd'), 'pac-unusable: its address is neither http nor https');
  t.is(await said('data:text/plain,x'), 'pac-unusable: its address is neither http nor https');
});

test.serial('a server that never finishes is given up with the signal', async (t) => {
  const giving = new AbortController();
  const base = await site(t, (_, answer) => {
    answer.write('function');
    giving.abort();
  });
  t.regex(shown(await fetchText(base, giving.signal)), /^pac-unusable: /);
});

function shown(outcome: Outcome<string>): string {
  return outcome.ok ? outcome.value : `${outcome.code}: ${outcome.detail}`;
}
