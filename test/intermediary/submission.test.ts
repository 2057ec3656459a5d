/** What is refused before it is taken, each with its code; and what is not refused. */
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { base64Url } from '../../protocol/bytes.ts';
import { toJson } from '../../protocol/statements/envelope-json.ts';
import { anyId } from '../support/invited.ts';
import type { LiveClient } from '../support/live-client.ts';
import { connectedAgent } from '../support/protocol-agent.ts';
import type { ProtocolAgent } from '../support/protocol-agent.ts';
import { Relay } from '../support/relay.ts';
import { ShiftClock } from '../support/shift-clock.ts';

type Scene = { readonly relay: Relay; readonly agent: ProtocolAgent; readonly live: LiveClient; readonly clock: ShiftClock };

async function scene(t: ExecutionContext): Promise<Scene> {
  const clock = new ShiftClock();
  const relay = await Relay.start(t, { clock });
  const agent = await connectedAgent(relay, await relay.enrolment());
  t.teardown(() => agent.end());
  const admin = await relay.live(t, 'admin');
  admin.send({ kind: 'watch', topic: { of: 'machines' } });
  await admin.next('machine', ({ machine }) => machine.nonce !== undefined);
  return { relay, agent, clock, live: await relay.live(t, 'technician') };
}

test('each fault of a directive is refused with its own code, logged, and not delivered', async (t) => {
  const { relay, agent, live } = await scene(t);
  const mine = [{ agentId: agent.agentId }];
  const now = Math.floor(relay.clock.now() / 1000);
  const make = (part: Parameters<Relay['directive']>[2]) => relay.directive('technician', mine, part);
  const honest = await make({});
  const flipped = { ...honest, envelope: { ...honest.envelope, payload: Uint8Array.from(honest.envelope.payload, (byte, index) => (index === 9 ? byte ^ 1 : byte)) } };
  const cases: Record<string, [string, { envelope: typeof honest.envelope; targets: typeof honest.targets }]> = {
    'altered': ['signature-invalid', flipped],
    'another type': ['statement-type-unknown', { ...honest, envelope: { ...honest.envelope, payloadType: 'text/plain' } }],
    'unknown key': ['signer-unknown', await relay.directive('mallory', mine)],
    'key of a colleague': ['forbidden', await relay.directive('admin', mine)],
    'other targets': ['no-such-machine', { ...honest, targets: [{ agentId: anyId() }] }],
    'wrong root': ['not-addressed', await make({ targets: { root: base64Url(new Uint8Array(32)), count: 1 } })],
    'wrong count': ['not-addressed', await make({ targets: { root: honest.envelope.payload.length > 0 ? base64Url(new Uint8Array(32).fill(1)) : '', count: 2 } })],
    'a machine twice': ['not-addressed', await relay.directive('technician', [...mine, ...mine])],
    'nonce in a queued one': ['not-addressed', await relay.directive('technician', [{ agentId: agent.agentId, nonce: agent.nonce }], { life: { kind: 'queued', notAfter: now + 60 } })],
    'no nonce in an interactive one': ['not-addressed', await make({ life: { kind: 'interactive' } })],
    'policy of the future': ['policy-unknown', await make({ policy: 99 })],
    'already over': ['expired', await make({ issuedAt: now - 100, life: { kind: 'queued', notAfter: now - 1 } })],
    'from the future': ['issued-in-future', await make({ issuedAt: now + 3600 })],
    'for too long': ['life-too-long', await make({ life: { kind: 'queued', notAfter: now + 31 * 86_400 } })],
    'unknown primitive': ['primitive-unknown', await make({ primitive: 'no.such' })],
    'primitive of another system': ['not-on-this-platform', await make({ primitive: 'registry.get-value' })],
    'denied primitive': ['primitive-denied', await make({ primitive: 'denied.echo' })],
    'too great a risk': ['risk-denied', await make({ primitive: 'disk.wipe' })],
    'not strict JSON': ['statement-malformed', await relay.directive('technician', mine, { params: { float: 1.5 } })],
  };
  for (const [name, [code, offer]] of Object.entries(cases)) t.is(await live.submit(offer), code, name);
  t.deepEqual([...agent.directives], []);
  const refused = (await relay.now.audit.read(0, 500)).filter(({ kind }) => kind === 'directive-refused').map(({ data }) => JSON.parse(data).code);
  t.deepEqual(refused, Object.values(cases).map(([code]) => code));
  t.is(await live.submit(honest), 'submitted');
});

test('a machine of another site and one that does not exist are refused alike', async (t) => {
  const { relay, live } = await scene(t);
  const foreign = await connectedAgent(relay, await relay.enrolment('away'));
  t.teardown(() => foreign.end());
  t.is(await live.submit(await relay.directive('technician', [{ agentId: foreign.agentId }])), 'no-such-machine');
  t.is(await live.submit(await relay.directive('technician', [{ agentId: anyId() }])), 'no-such-machine');
});

test('a directive made under an older policy is refused, and so is one by a key past its time', async (t) => {
  const { relay, agent, live, clock } = await scene(t);
  const early = await relay.directive('technician', [{ agentId: agent.agentId }]);
  await relay.changePolicy((policy) => policy);
  t.is(await live.submit(early), 'policy-outdated');
  await relay.changePolicy((policy) => ({
    ...policy,
    people: policy.people.map((person) => ({ ...person, keys: person.keys.map((key) => ({ ...key, notAfter: Math.floor(relay.clock.now() / 1000) + 60 })) })),
  }));
  clock.shift(120_000);
  t.is(await live.submit(await relay.directive('technician', [{ agentId: agent.agentId }])), 'signer-expired');
});

test('the same directive again is the same success; another under its id is a replay', async (t) => {
  const { relay, agent, live } = await scene(t);
  const directive = await relay.directive('technician', [{ agentId: agent.agentId }]);
  t.is(await live.submit(directive), 'submitted');
  t.is(await live.submit(directive), 'submitted');
  t.is(await live.submit(await relay.directive('technician', [{ agentId: agent.agentId }], { id: directive.id, params: { other: true } })), 'replayed');
  await agent.until(() => agent.stored.has(directive.id));
  t.is(agent.deliveries.get(directive.id), 1);
});

test('a directive can be given and cancelled over REST too', async (t) => {
  const { relay, agent } = await scene(t);
  const token = await relay.tokenOf('technician');
  const directive = await relay.directive('technician', [{ agentId: agent.agentId }]);
  const body = { envelope: JSON.parse(toJson(directive.envelope)), targets: directive.targets };
  const answer = await relay.ask('/api/directives', { method: 'POST', token, body });
  t.deepEqual([answer.status, answer.json], [202, { directiveId: directive.id }]);
  await agent.until(() => agent.stored.has(directive.id));
  const cancel = await relay.ask(`/api/directives/${directive.id}/cancel`, { method: 'POST', token, body: { envelope: JSON.parse(toJson(await relay.cancel('technician', directive.id))) } });
  t.is(cancel.status, 202);
  const list = await relay.ask(`/api/directives?agent=${agent.agentId}&limit=5`, { token });
  t.is(list.json[0].targets[0].state, 'succeeded');
});
