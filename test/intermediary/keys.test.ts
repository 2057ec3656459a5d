/** Rolling keys at the intermediary: enrolment, clones, quarantine. */
import test from 'ava';
import { limits } from '../../protocol/limits.ts';
import { systemRandom } from '../../protocol/clock.ts';
import { connectedAgent, ProtocolAgent } from '../support/protocol-agent.ts';
import { Relay } from '../support/relay.ts';
import { ShiftClock } from '../support/shift-clock.ts';

async function codeOf(agent: ProtocolAgent): Promise<string> {
  const connected = await agent.connect();
  return connected.ok ? 'connected' : connected.code;
}

test('an enrolment serves as often as it says, and no longer than it says', async (t) => {
  const clock = new ShiftClock();
  const relay = await Relay.start(t, { clock });
  const twice = await relay.enrolment('home', 2);
  for (const expected of ['connected', 'connected', 'enrolment-used-up']) {
    const agent = new ProtocolAgent(relay, twice);
    t.teardown(() => agent.end());
    t.is(await codeOf(agent), expected);
  }
  const short = await relay.enrolment();
  clock.shift(3_700_000);
  t.is(await codeOf(new ProtocolAgent(relay, short)), 'enrolment-expired');
  t.is(await codeOf(new ProtocolAgent(relay, systemRandom(32))), 'key-unknown');
});

test('of two that use the last place of an enrolment at once, one gets in', async (t) => {
  const relay = await Relay.start(t);
  const secret = await relay.enrolment();
  const agents = Array.from({ length: 4 }, () => new ProtocolAgent(relay, secret));
  t.teardown(() => agents.forEach((agent) => agent.end()));
  const codes = await Promise.all(agents.map(codeOf));
  t.is(codes.filter((code) => code === 'connected').length, 1, codes.join(' '));
});

test('every session changes the key, and the last retired ones are kept', async (t) => {
  const relay = await Relay.start(t);
  const agent = await connectedAgent(relay, await relay.enrolment());
  for (let count = 0; count < 70; count += 1) {
    agent.end();
    t.true((await agent.connect()).ok);
  }
  t.teardown(() => agent.end());
  const retired = await relay.now.store.read.selectFrom('retired_keys').selectAll().execute();
  t.is(retired.length, limits.retiredKeysKept);
  const [live] = await relay.now.store.read.selectFrom('live_keys').selectAll().execute();
  t.is(live?.number, 71);
});

test('a copy that calls with a retired key quarantines the machine: consoles are told and it is given nothing', async (t) => {
  const relay = await Relay.start(t);
  const agent = await connectedAgent(relay, await relay.enrolment());
  const copy = agent.copy();
  agent.end();
  t.true((await agent.connect()).ok);
  agent.end();
  t.true((await agent.connect()).ok);
  const live = await relay.live(t, 'technician');
  live.send({ kind: 'watch', topic: { of: 'machines' } });
  await live.next('machine', ({ machine }) => machine.online);
  t.is(await codeOf(copy), 'key-retired');
  await live.next('machine', ({ machine }) => machine.quarantined);
  await agent.until(() => agent.session === undefined);
  t.true((await agent.connect()).ok);
  t.teardown(() => agent.end());
  const directive = await relay.directive('technician', [{ agentId: agent.agentId }]);
  t.is(await live.submit(directive), 'submitted');
  await relay.shows(t, agent.agentId, true);
  t.is(agent.directives.size, 0);
  const { json } = await relay.ask(`/api/directives/${directive.id}`, { token: await relay.tokenOf('technician') });
  t.is(json.targets[0].state, 'waiting');
  t.true((await relay.now.audit.read(0, 500)).some(({ kind }) => kind === 'machine-forked'));
});

test('failed handshakes are logged with where they came from, and an address that fails too often is turned away', async (t) => {
  const relay = await Relay.start(t);
  const codes: string[] = [];
  for (let count = 0; count < limits.maxFailedHandshakesPerMinute + 3; count += 1) codes.push(await codeOf(new ProtocolAgent(relay, systemRandom(32))));
  t.is(codes[0], 'key-unknown');
  t.is(codes.at(-1), 'rate-limited');
  const logged = (await relay.now.audit.read(0, 500)).filter(({ kind }) => kind === 'handshake-failed').map(({ data }) => JSON.parse(data));
  t.is(logged.length, limits.maxFailedHandshakesPerMinute);
  t.regex(logged[0].remoteAddress, /127\.0\.0\.1|::1/);
});

test('a newer session of an agent replaces the older', async (t) => {
  const relay = await Relay.start(t);
  const agent = await connectedAgent(relay, await relay.enrolment());
  agent.session = undefined;
  t.true((await agent.connect()).ok);
  t.teardown(() => agent.end());
  const { json } = await relay.ask('/api/statistics', { token: await relay.tokenOf('admin') });
  t.is(json.online, 1);
});
