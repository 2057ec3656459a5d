/** Every route for everybody: generated from the table of routes, so that a new one cannot be forgotten. */
import test from 'ava';
import { connectedAgent } from '../support/protocol-agent.ts';
import { anyId } from '../support/invited.ts';
import { Relay } from '../support/relay.ts';
import type { Who } from '../support/relay.ts';

const everybody: readonly (Who | 'nobody')[] = ['nobody', 'stranger', 'elsewhere', 'technician', 'admin'];

test('every route answers each kind of person as its rights say', async (t) => {
  const relay = await Relay.start(t);
  const routes = relay.now.routes.filter(({ url }) => !url.startsWith('/api/docs') && url !== '/api/sign-out');
  t.true(routes.length > 20, `${routes.length} routes`);
  for (const { method, url, rights } of routes) {
    for (const who of everybody) {
      const token = who === 'nobody' ? undefined : await relay.tokenOf(who);
      const path = url.replace(':channel', 'stdout').replaceAll(/:\w+/g, () => anyId());
      const { status, json } = await relay.ask(path, { method, token, ...(method === 'GET' ? {} : { body: {} }) });
      const expected = rights === 'anyone' ? 'in' : who === 'nobody' ? 401 : rights === 'administers' && who !== 'admin' ? 403 : 'in';
      const where = `${method} ${url} by ${who}: ${status} ${json?.code ?? ''}`;
      if (expected === 'in') t.false([401, 403].includes(status) && json?.code !== 'sign-in-refused', where);
      else t.is(status, expected, where);
      t.not(status, 500, where);
    }
  }
});

test('what belongs to another site looks as if it were not there', async (t) => {
  const relay = await Relay.start(t);
  const agent = await connectedAgent(relay, await relay.enrolment('home'));
  t.teardown(() => agent.end());
  const directive = await relay.directive('technician', [{ agentId: agent.agentId }]);
  const live = await relay.live(t, 'technician');
  t.is(await live.submit(directive), 'submitted');
  const paths = (agentId: string, id: string) => [`/api/machines/${agentId}`, `/api/machines/${agentId}/primitives`, `/api/directives/${id}`, `/api/directives/${id}/output/${agentId}/stdout`];
  for (const who of ['elsewhere', 'stranger'] as const) {
    const token = await relay.tokenOf(who);
    const foreign = await Promise.all(paths(agent.agentId, directive.id).map((path) => relay.ask(path, { token })));
    const absent = await Promise.all(paths(anyId(), anyId()).map((path) => relay.ask(path, { token })));
    t.deepEqual(foreign.map(({ status, json }) => [status, json.code]), absent.map(({ status, json }) => [status, json.code]));
    t.true(foreign.every(({ status }) => status === 404));
    t.deepEqual((await relay.ask('/api/machines', { token })).json, []);
    t.deepEqual((await relay.ask('/api/directives', { token })).json, []);
    const other = await relay.live(t, who);
    const watching = other.send({ kind: 'watch', topic: { of: 'output', directiveId: directive.id, agentId: agent.agentId } });
    t.is(await other.answer(watching), 'no-such-directive');
    t.is(await other.answer(other.send({ kind: 'attach', directiveId: directive.id, agentId: agent.agentId })), 'no-such-directive');
    t.is(await other.answer(other.send({ kind: 'cancel', envelope: await relay.cancel(who, directive.id) })), 'no-such-directive');
  }
  const own = await Promise.all(paths(agent.agentId, directive.id).map(async (path) => relay.ask(path, { token: await relay.tokenOf('technician') })));
  t.true(own.every(({ status }) => status === 200));
});

test('news of machines and directives reach only those who may know of them', async (t) => {
  const relay = await Relay.start(t);
  const outside = await relay.live(t, 'elsewhere');
  outside.send({ kind: 'watch', topic: { of: 'machines' } });
  outside.send({ kind: 'watch', topic: { of: 'directives' } });
  await outside.next('current');
  const inside = await relay.live(t, 'technician');
  inside.send({ kind: 'watch', topic: { of: 'machines' } });
  const agent = await connectedAgent(relay, await relay.enrolment('home'));
  t.teardown(() => agent.end());
  await inside.next('machine');
  const directive = await relay.directive('technician', [{ agentId: agent.agentId }]);
  t.is(await inside.submit(directive), 'submitted');
  await agent.until(() => agent.stored.has(directive.id));
  t.deepEqual(outside.received.filter(({ kind }) => kind !== 'current'), []);
  const requests = inside.send({ kind: 'watch', topic: { of: 'requests' } });
  t.is(await inside.answer(requests), 'forbidden');
});

test('there is no way to set the running server up', async (t) => {
  const relay = await Relay.start(t);
  for (const path of ['/setup', '/api/setup', '/SetupWizard.aspx/x', '/install', '/api/users']) t.is((await relay.ask(path, { method: 'POST', body: {} })).status, 404, path);
});
