import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import test from 'ava';
import { assert, ipV4, property, string, uint8Array } from 'fast-check';
import { parseRoutes, parseRoutes6, parseSockets } from '../../agent/primitives/network/linux-tables.ts';
import { parsePing } from '../../agent/primitives/network/ping.ts';
import { addressOf } from '../../agent/primitives/network/proc-address.ts';
import { broadcasts, magicPacket } from '../../agent/primitives/wake-on-lan/send.ts';
import { makeWorkshop } from '../execution/support.ts';
import { addCable, addNamespace, ip, within } from '../support/namespaces.ts';
import { has } from '../support/needs.ts';

const { run, executor } = makeWorkshop();
test.after.always(() => executor.stop());

const runner = join(import.meta.dirname, '../support/run-primitive.ts');

const ask = async (primitive: string, params: Record<string, unknown> = {}) => {
  const { ending } = await run(primitive, params);
  return { code: ending.code ?? ending.status, ...Object(ending.result) };
};

/** The ending of a primitive that an agent in that namespace has run. */
const askWithin = (namespace: string, primitive: string, params: Record<string, unknown> = {}) => JSON.parse(within(namespace, process.execPath, runner, primitive, JSON.stringify(params)));

test('interfaces and routes of a machine are what was set up there', (t) => {
  if (!has(t, 'network namespaces')) return;
  const [here, there] = [addNamespace(t, 'routes-a'), addNamespace(t, 'routes-b')];
  addCable({ namespace: here, device: 'one', addresses: ['192.0.2.1/24', '2001:db8::1/64'] }, { namespace: there, device: 'two', addresses: ['192.0.2.2/24'] });
  ip('-n', here, 'route', 'add', 'default', 'via', '192.0.2.2');
  ip('-n', here, 'route', 'add', '198.51.100.0/22', 'via', '192.0.2.2', 'metric', '7');
  ip('-n', here, 'route', 'add', '2001:db8:1::/48', 'via', '2001:db8::2');
  ip('-n', here, 'link', 'add', 'idle', 'type', 'veth', 'peer', 'name', 'other');
  const { interfaces } = askWithin(here, 'network.interfaces').result;
  t.deepEqual(interfaces.map(({ name, state }: { name: string; state: string }) => [name, state]), [['idle', 'down'], ['lo', 'up'], ['one', 'up'], ['other', 'down']]);
  t.like(interfaces[2], { mtu: 1500, errors: 0 });
  t.true(interfaces[2].addresses.includes('192.0.2.1/24') && interfaces[2].addresses.includes('2001:db8::1/64'));
  t.regex(interfaces[2].mac, /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/);
  const { routes } = askWithin(here, 'network.routes').result;
  for (const route of [
    { destination: 'default', gateway: '192.0.2.2', interface: 'one', metric: 0 },
    { destination: '192.0.2.0/24', interface: 'one', metric: 0 },
    { destination: '198.51.100.0/22', gateway: '192.0.2.2', interface: 'one', metric: 7 },
    { destination: '2001:db8::/64', interface: 'one', metric: 256 },
    { destination: '2001:db8:1::/48', gateway: '2001:db8::2', interface: 'one', metric: 1024 },
  ]) t.true(routes.some((each: object) => JSON.stringify(each) === JSON.stringify(route)), JSON.stringify([route, routes]));
});

test('what listens and what is connected is listed with its program', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  t.teardown(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = connect(port, '127.0.0.1');
  t.teardown(() => client.destroy());
  await once(client, 'connect');
  const datagrams = createSocket('udp6').bind(0, '::1');
  t.teardown(() => datagrams.close());
  await once(datagrams, 'listening');
  const { connections } = await ask('network.connections', { port });
  t.like(connections[0], { protocol: 'tcp', state: 'listening', localAddress: '127.0.0.1', localPort: port, pid: process.pid, program: 'node' });
  t.is(connections[0].remoteAddress, undefined);
  t.is(connections.filter(({ state }: { state: string }) => state === 'established').length, 2);
  t.deepEqual((await ask('network.connections', { port, listening: true })).connections.length, 1);
  t.like((await ask('network.connections', { port: datagrams.address().port })).connections, [{ protocol: 'udp', state: 'listening', localAddress: '::1', pid: process.pid }]);
  t.like(await ask('network.connections', { most: 1 }), { truncated: true });
});

test('a machine is pinged, and one that does not answer, is not known or cannot be reached is told apart', async (t) => {
  if (!has(t, 'ping')) return;
  const answered = await ask('network.ping', { host: '127.0.0.1', count: 2 });
  t.like(answered, { code: 'succeeded', sent: 2, received: 2 });
  t.like(answered.replies[1], { sequence: 2, address: '127.0.0.1' });
  t.is((await ask('network.ping', { host: 'no-such-machine.invalid', count: 1 })).code, 'not-found');
  if (!has(t, 'network namespaces')) return;
  const [here, there] = [addNamespace(t, 'ping-a'), addNamespace(t, 'ping-b')];
  addCable({ namespace: here, device: 'one', addresses: ['192.0.2.1/24'] }, { namespace: there, device: 'two', addresses: ['192.0.2.2/24'] });
  t.is(askWithin(here, 'network.ping', { host: '192.0.2.2', count: 1 }).status, 'succeeded');
  const silent = askWithin(here, 'network.ping', { host: '192.0.2.99', count: 1, waitSeconds: 1 });
  t.like(silent, { code: 'unreachable', result: { sent: 1, received: 0, replies: [] } });
  t.is(askWithin(here, 'network.ping', { host: '203.0.113.1', count: 1 }).code, 'unreachable');
});

test('a port is open, refused, silent or out of reach', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  t.like(await ask('network.port-check', { host: 'localhost', port }), { code: 'succeeded', open: true, answer: 'open', address: '127.0.0.1' });
  server.close();
  await once(server, 'close');
  t.like(await ask('network.port-check', { host: '127.0.0.1', port }), { code: 'succeeded', open: false, answer: 'refused' });
  t.is((await ask('network.port-check', { host: 'no-such-machine.invalid', port })).code, 'not-found');
  if (!has(t, 'network namespaces')) return;
  const [here, there] = [addNamespace(t, 'port-a'), addNamespace(t, 'port-b')];
  addCable({ namespace: here, device: 'one', addresses: ['192.0.2.1/24'] }, { namespace: there, device: 'two', addresses: ['192.0.2.2/24'] });
  ip('-n', there, 'route', 'add', 'blackhole', '192.0.2.1');
  t.like(askWithin(here, 'network.port-check', { host: '192.0.2.2', port: 80, waitMs: 500 }).result, { open: false, answer: 'no answer' });
  t.like(askWithin(here, 'network.port-check', { host: '203.0.113.1', port: 80 }).result, { open: false, answer: 'no way there' });
});

/** A name server that answers each question with the records it was given, or that there is no such name (RFC 1035, section 4). */
async function nameServer(t: { teardown(task: () => void): void }, records: Readonly<Record<string, readonly Buffer[]>>): Promise<string> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  t.teardown(() => socket.close());
  await once(socket, 'listening');
  socket.on('message', (question, from) => {
    const end = question.indexOf(0, 12) + 1;
    const kind = question.readUInt16BE(end);
    const answers = records[`${question.toString('latin1', 13, end - 1).replaceAll(/\p{Cc}/gu, '.')} ${kind}`] ?? [];
    const head = Buffer.from(question.subarray(0, 12));
    head.writeUInt16BE(answers.length > 0 ? 0x8180 : 0x8183, 2);
    [1, answers.length, 0, 0].forEach((count, index) => head.writeUInt16BE(count, 4 + 2 * index));
    const written = answers.map((data) => {
      const record = Buffer.alloc(12);
      [0xc00c, kind, 1, 0, 60, data.byteLength].forEach((value, index) => record.writeUInt16BE(value, 2 * index));
      return Buffer.concat([record, data]);
    });
    socket.send(Buffer.concat([head, question.subarray(12, end + 4), ...written]), from.port, from.address);
  });
  return `127.0.0.1:${socket.address().port}`;
}

test('a name is looked up as the machine does, or as a name server says', async (t) => {
  t.true((await ask('network.resolve', { name: 'localhost' })).records.some(({ value }: { value: string }) => value === '127.0.0.1'));
  t.is((await ask('network.resolve', { name: 'no-such-machine.invalid' })).code, 'not-found');
  const label = (name: string) => Buffer.concat([...name.split('.').map((part) => Buffer.from(`${String.fromCharCode(part.length)}${part}`)), Buffer.of(0)]);
  const server = await nameServer(t, { 'mail.test 1': [Buffer.of(192, 0, 2, 7)], 'mail.test 15': [Buffer.concat([Buffer.of(0, 10), label('mx.test')])], 'mail.test 16': [Buffer.from('\u0005v=spf')] });
  t.like(await ask('network.resolve', { name: 'mail.test', server }), { code: 'succeeded', records: [{ kind: 'address', value: '192.0.2.7' }] });
  t.like(await ask('network.resolve', { name: 'mail.test', server, kind: 'MX' }), { records: [{ kind: 'MX', value: '10 mx.test' }] });
  t.like(await ask('network.resolve', { name: 'mail.test', server, kind: 'TXT' }), { records: [{ kind: 'TXT', value: 'v=spf' }] });
  t.is((await ask('network.resolve', { name: 'other.test', server, kind: 'A' })).code, 'not-found');
  t.is((await ask('network.resolve', { name: 'x', server, kind: 'PTR' })).code, 'params-invalid');
});

test('the packet that switches a machine on goes out of the chosen interface, and its network hears it', async (t) => {
  if (!has(t, 'network namespaces')) return;
  const [here, there] = [addNamespace(t, 'wake-a'), addNamespace(t, 'wake-b')];
  addCable({ namespace: here, device: 'one', addresses: ['192.0.2.1/25'] }, { namespace: there, device: 'two', addresses: ['192.0.2.2/25'] });
  const listener = 'const s = require("dgram").createSocket("udp4"); s.on("message", (m) => { console.log(m.toString("hex")); s.close(); }); s.bind(9, () => console.log("up"));';
  const hearing = spawn('ip', ['netns', 'exec', there, process.execPath, '-e', listener], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.teardown(() => hearing.kill('SIGKILL'));
  let heard = '';
  hearing.stdout.on('data', (text: Buffer) => (heard += text.toString()));
  await once(hearing.stdout, 'data');
  const sent = askWithin(here, 'wake-on-lan.send', { mac: '52-54-00-AB-cd-ef', interface: 'one' });
  t.deepEqual(sent.result, { sent: [{ interface: 'one', from: '192.0.2.1', to: '192.0.2.127' }] });
  await once(hearing, 'close');
  t.is(heard, `up\n${'ff'.repeat(6)}${'525400abcdef'.repeat(16)}\n`);
  t.is(askWithin(here, 'wake-on-lan.send', { mac: '52:54:00:ab:cd:ef', interface: 'two' }).code, 'not-found');
});

test('a magic packet is six times ff and sixteen times the address, and everybody has the last address of the network', (t) => {
  t.notThrows(() => assert(property(uint8Array({ minLength: 6, maxLength: 6 }), (mac) => {
    const packet = magicPacket([...mac].map((byte) => byte.toString(16).padStart(2, '0')).join(':'));
    return packet.byteLength === 102 && packet.subarray(0, 6).every((byte) => byte === 0xff) && packet.subarray(6).every((byte, index) => byte === mac[index % 6]);
  })));
  const address = (text: string, netmask: string) => broadcasts({ x: [{ address: text, netmask, family: 'IPv4', mac: '', internal: false, cidr: null }] })[0]?.to;
  t.deepEqual([address('10.1.2.3', '255.0.0.0'), address('192.168.7.9', '255.255.255.252'), address('1.2.3.4', '255.255.255.255')], ['10.255.255.255', '192.168.7.11', '1.2.3.4']);
});

test('addresses of /proc/net are written as people write them', (t) => {
  t.is(addressOf('0100007F'), '127.0.0.1');
  t.is(addressOf('00000000000000000000000001000000'), '::1');
  t.is(addressOf('0000000000000000FFFF00000100007F'), '127.0.0.1');
  t.is(addressOf('20010db8000000000000000000000001', 'network order'), '2001:db8::1');
  t.is(addressOf('20010db8000000010001000100010001', 'network order'), '2001:db8:0:1:1:1:1:1', 'one zero alone stays (RFC 5952, 4.2.2)');
  const route = (flags: string) => parseRoutes6(`20010db8000000000000000000000000 20 ${'0'.repeat(32)} 00 ${'0'.repeat(32)} 00000400 00000001 00000000 ${flags} one\n`).length;
  t.deepEqual(['00000001', '00000000', '00000201', '80000001'].map(route), [1, 0, 0, 0], 'in use, not in use, refusing, to the machine itself');
  const written = (text: string): string => new URL(`http://[${text}]/`).hostname.slice(1, -1);
  t.notThrows(() => assert(property(uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
    const text = addressOf(Buffer.from(bytes).toString('hex'), 'network order');
    return text.includes('.') || text === written(text);
  })));
  t.notThrows(() => assert(property(ipV4(), (text) => addressOf(Buffer.from(text.split('.').map(Number)).toString('hex'), 'network order') === text)));
});

test('whatever a table or ping says, it is read', (t) => {
  t.notThrows(() => assert(property(string(), (text) => [parseSockets(text, 'tcp'), parseRoutes(text), parseRoutes6(text), parsePing(text, 1).replies].every(Array.isArray))));
  t.deepEqual(parsePing('PING x\n64 bytes from 127.0.0.1: icmp_seq=1 ttl=64 time=0.036 ms\n64 bytes from 127.0.0.1: icmp_seq=1 ttl=64 time=0.9 ms (DUP!)\n', 2), { sent: 2, received: 1, averageMs: 0.036, replies: [{ sequence: 1, address: '127.0.0.1', hops: 64, tookMs: 0.036 }] });
  t.is(parsePing('64 bytes from 10.0.0.1: seq=0 ttl=42 time=12.5 ms\n', 1).replies[0]?.tookMs, 12.5);
});
