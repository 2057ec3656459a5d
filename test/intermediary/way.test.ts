/** The whole way of a directive through a real intermediary. */
import test from 'ava';
import { connectedAgent } from '../support/protocol-agent.ts';
import { Relay } from '../support/relay.ts';

test('a directive is delivered at once, and its report comes back to who watches', async (t) => {
  const relay = await Relay.start(t);
  const agent = await connectedAgent(relay, await relay.enrolment());
  t.teardown(() => agent.end());
  const live = await relay.live(t, 'technician');
  live.send({ kind: 'watch', topic: { of: 'machines' } });
  const { machine } = await live.next('machine', ({ machine: each }) => each.nonce !== undefined);
  t.like(machine, { id: agent.agentId, online: true, site: 'home' });
  live.send({ kind: 'watch', topic: { of: 'directives' } });
  const directive = await relay.directive('technician', [{ agentId: agent.agentId, nonce: agent.nonce }]);
  const ref = live.send({ kind: 'submit', envelope: directive.envelope, targets: directive.targets });
  t.is(await live.answer(ref), 'submitted');
  const { target } = await live.next('target', (message) => message.target.state === 'succeeded');
  t.is(target.agentId, agent.agentId);
  t.truthy(target.report);
  await agent.until(() => agent.stored.has(directive.id));
  const read = await relay.ask(`/api/directives/${directive.id}`, { token: await relay.tokenOf('technician') });
  t.is(read.json.targets[0].state, 'succeeded');
  t.true((await relay.now.audit.verify()).ok);
});

test('a directive handed in to be followed tells its changes under its own number, and all of it where it was known before', async (t) => {
  const relay = await Relay.start(t);
  const agent = await connectedAgent(relay, await relay.enrolment());
  t.teardown(() => agent.end());
  const live = await relay.live(t, 'technician');
  const { envelope, targets } = await relay.directive('technician', [{ agentId: agent.agentId }]);
  const ref = live.send({ kind: 'submit', envelope, targets, follow: true });
  t.is(await live.answer(ref), 'submitted');
  const { ref: told } = await live.next('target', (message) => message.target.state === 'succeeded');
  t.is(told, ref);
  t.deepEqual(live.received.filter(({ kind }) => kind === 'directive'), [], 'it has just begun: there is no state to show');
  const again = live.send({ kind: 'submit', envelope, targets, follow: true });
  const { directive } = await live.next('directive', (message) => message.ref === again);
  t.is(directive.targets[0]?.state, 'succeeded');
});
