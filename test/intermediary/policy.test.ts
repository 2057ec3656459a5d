/** The owners' statements: what is taken, what is refused, and how fast rights end. */
import test from 'ava';
import { connectedAgent } from '../support/protocol-agent.ts';
import { owner, Relay } from '../support/relay.ts';
import { namedSigner } from '../support/signers.ts';
import { toJson } from '../../protocol/statements/envelope-json.ts';
import { signStatement } from '../../protocol/statements/dsse.ts';
import { policyType } from '../../protocol/statements/policy.ts';
import { rootType } from '../../protocol/statements/root.ts';

test('a newer policy reaches agents at once; older, unsigned and altered ones are refused and logged', async (t) => {
  const relay = await Relay.start(t);
  const agent = await connectedAgent(relay, await relay.enrolment());
  t.teardown(() => agent.end());
  await agent.until(() => agent.received.some(({ kind }) => kind === 'policy'));
  t.is((await relay.changePolicy((policy) => policy)).status, 200);
  await agent.until(() => agent.received.filter(({ kind }) => kind === 'policy').length === 2);
  const put = async (policy: object, signer = owner) => (await relay.ask('/api/policy', { method: 'PUT', body: toJson(await signStatement(policyType, policy, [signer])) })).json.code;
  t.is(await put({ ...relay.policy, version: 1 }), 'policy-outdated');
  t.is(await put({ ...relay.policy, version: 9 }, namedSigner('admin')), 'policy-refused');
  t.is(await put({ ...relay.policy, version: 9, extra: true }), 'statement-malformed');
  const kinds = (await relay.now.audit.read(0, 500)).map(({ kind }) => kind);
  t.is(kinds.filter((kind) => kind === 'policy-changed').length, 2);
  t.is(kinds.filter((kind) => kind === 'statement-refused').length, 3);
});

test('the next root needs the owners of the last, and reaches agents', async (t) => {
  const relay = await Relay.start(t);
  const agent = await connectedAgent(relay, await relay.enrolment());
  t.teardown(() => agent.end());
  await agent.until(() => agent.received.some(({ kind }) => kind === 'roots'));
  const next = { ...relay.root, version: 2 };
  const put = async (root: object, ...signers: Parameters<typeof signStatement>[2][number][]) => relay.ask('/api/root', { method: 'PUT', body: toJson(await signStatement(rootType, root, signers)) });
  t.is((await put(next, namedSigner('admin'))).json.code, 'root-refused');
  t.is((await put({ ...next, version: 3 }, owner)).json.code, 'root-refused');
  t.deepEqual((await put(next, owner)).json, { version: 2 });
  await agent.until(() => agent.received.filter(({ kind }) => kind === 'roots').length === 2);
});

test('whoever is removed is out at the next request, and told on the live socket', async (t) => {
  const relay = await Relay.start(t);
  const token = await relay.tokenOf('technician');
  const live = await relay.live(t, 'technician');
  const other = await relay.live(t, 'admin');
  await relay.changePolicy((policy) => ({ ...policy, people: policy.people.filter(({ name }) => name !== 'technician') }));
  t.is((await relay.ask('/api/machines', { token })).status, 401);
  t.is((await live.next('signed-out', undefined, 5000)).code, 'not-signed-in');
  await live.closed;
  t.is(other.socket.readyState, other.socket.OPEN);
});

test('whoever loses a role sees nothing of it any more', async (t) => {
  const relay = await Relay.start(t);
  const agent = await connectedAgent(relay, await relay.enrolment());
  t.teardown(() => agent.end());
  const token = await relay.tokenOf('technician');
  t.is((await relay.ask('/api/machines', { token })).json.length, 1);
  const live = await relay.live(t, 'technician');
  await relay.changePolicy((policy) => ({ ...policy, people: policy.people.map((person) => (person.name === 'technician' ? { ...person, roles: ['away'] } : person)) }));
  t.deepEqual((await relay.ask('/api/machines', { token })).json, []);
  t.is((await live.next('signed-out')).code, 'conflict');
  const again = await relay.live(t, 'technician');
  const directive = await relay.directive('technician', [{ agentId: agent.agentId }]);
  t.is(await again.submit(directive), 'no-such-machine');
});

test('a key that is taken out of the policy ends the sign-ins it made', async (t) => {
  const relay = await Relay.start(t);
  const token = await relay.tokenOf('technician');
  await relay.changePolicy((policy) => ({ ...policy, people: policy.people.map((person) => (person.name === 'technician' ? { ...person, keys: [] } : person)) }));
  t.is((await relay.ask('/api/me', { token })).status, 401);
});

test('the first root and policy are taken once, and never replaced from files', async (t) => {
  const relay = await Relay.start(t);
  await relay.changePolicy((policy) => policy);
  await relay.restart();
  const { json } = await relay.ask('/api/me', { token: await relay.tokenOf('admin') });
  t.is(json.policyVersion, 2);
});
