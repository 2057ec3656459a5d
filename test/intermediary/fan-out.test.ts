/** One directive on many machines: in waves, with an end where too many fail, and told in numbers. */
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { Offering } from '../../intermediary/directives/offering.ts';
import type { StateCounts, TargetState } from '../../protocol/messages/live.ts';
import type { Rollout } from '../../protocol/statements/directive.ts';
import { until } from '../execution/support.ts';
import type { LiveClient } from '../support/live-client.ts';
import { connectedAgent } from '../support/protocol-agent.ts';
import type { ProtocolAgent } from '../support/protocol-agent.ts';
import { Relay } from '../support/relay.ts';

/** Machines that are given something and do nothing until they are told. */
async function fleet(t: ExecutionContext, relay: Relay, size: number, behaviour: ConstructorParameters<typeof ProtocolAgent>[2] = { directive: () => undefined }): Promise<ProtocolAgent[]> {
  const secret = await relay.enrolment('home', size);
  const agents: ProtocolAgent[] = [];
  for (let count = 0; count < size; count += 1) agents.push(await connectedAgent(relay, secret, behaviour));
  t.teardown(() => agents.forEach((agent) => agent.end()));
  await relay.shows(t, agents.at(-1)?.agentId ?? '', true);
  return agents;
}

function spread(relay: Relay, agents: readonly ProtocolAgent[], rollout: Rollout) {
  const notAfter = Math.floor(relay.clock.now() / 1000) + 3600;
  return relay.directive('technician', agents.map(({ agentId }) => ({ agentId })), { life: { kind: 'queued', notAfter, rollout } });
}

function given(agents: readonly ProtocolAgent[], id: string): number[] {
  return agents.flatMap((agent, index) => (agent.directives.has(id) ? [index] : []));
}

async function have(agents: readonly ProtocolAgent[], id: string): Promise<void> {
  for (const agent of agents) await agent.until(() => agent.directives.has(id));
}

/** The numbers of a directive, as soon as they are these. */
async function counted(relay: Relay, live: LiveClient, id: string, expected: Partial<Record<TargetState, number>>): Promise<void> {
  live.send({ kind: 'watch', topic: { of: 'directive', directiveId: id } });
  const token = await relay.tokenOf('technician');
  await live.first((message) => message.kind === 'current');
  for (;;) {
    const { json } = await relay.ask(`/api/directives/${id}`, { token });
    const counts = Object.fromEntries((json.counts as StateCounts).map(({ state, count }) => [state, count]));
    if (JSON.stringify(counts) === JSON.stringify(expected)) return;
    const seen = live.received.length;
    await live.first(() => live.received.length > seen);
  }
}

test('a wave begins when the one before has ended, also when the intermediary was restarted between them', async (t) => {
  const relay = await Relay.start(t);
  const agents = await fleet(t, relay, 5);
  const [a, b, c, d, e] = agents;
  const live = await relay.live(t, 'technician');
  const directive = await spread(relay, agents, { waveSize: 2 });
  const { id } = directive;
  t.is(await live.submit(directive), 'submitted');
  await have([a!, b!], id);
  await a!.report(id);
  await a!.until((agent) => agent.stored.has(id));
  t.deepEqual(given(agents, id), [0, 1]);
  await relay.restart();
  for (const agent of agents) {
    agent.moveTo(relay);
    agent.end();
    t.true((await agent.connect()).ok);
  }
  await relay.shows(t, e!.agentId, true);
  t.deepEqual(given(agents, id), [0, 1]);
  await b!.report(id, { status: 'failed', code: 'exit-nonzero' });
  await have([c!, d!], id);
  t.deepEqual(given(agents, id), [0, 1, 2, 3]);
  await d!.report(id);
  await c!.report(id);
  await have([e!], id);
  await e!.report(id);
  await counted(relay, await relay.live(t, 'technician'), id, { succeeded: 4, failed: 1 });
});

test('once so many have failed nobody else is given it', async (t) => {
  const relay = await Relay.start(t);
  const agents = await fleet(t, relay, 6);
  const live = await relay.live(t, 'technician');
  const directive = await spread(relay, agents, { waveSize: 3, stopAfter: 2 });
  const { id } = directive;
  t.is(await live.submit(directive), 'submitted');
  await have(agents.slice(0, 3), id);
  await agents[0]!.report(id, { status: 'failed', code: 'exit-nonzero' });
  await agents[1]!.report(id);
  await agents[2]!.report(id, { status: 'interrupted', code: 'interrupted' });
  await counted(relay, live, id, { succeeded: 1, failed: 1, cancelled: 3, interrupted: 1 });
  t.deepEqual(given(agents, id), [0, 1, 2]);
});

test('machines that are off line do not hold up the next wave, but a wave of which nobody is there does', async (t) => {
  const relay = await Relay.start(t);
  const agents = await fleet(t, relay, 4);
  const [a, b, c, d] = agents;
  for (const agent of [b!, c!]) {
    agent.end();
    await relay.shows(t, agent.agentId, false);
  }
  const live = await relay.live(t, 'technician');
  const first = await spread(relay, [a!, b!, d!], { waveSize: 2 });
  const second = await spread(relay, [b!, c!, d!], { waveSize: 2 });
  t.is(await live.submit(first), 'submitted');
  t.is(await live.submit(second), 'submitted');
  await have([a!], first.id);
  await a!.report(first.id);
  await have([d!], first.id);
  t.false(d!.directives.has(second.id));
  t.true((await b!.connect()).ok);
  await have([b!], first.id);
  await have([b!], second.id);
  await b!.report(second.id);
  await have([d!], second.id);
});

test('a machine that comes late to a wave of before does not release the one after the present', async (t) => {
  const relay = await Relay.start(t);
  const agents = await fleet(t, relay, 5);
  const [a, b, c, d, e] = agents;
  for (const agent of [b!, c!, d!]) {
    agent.end();
    await relay.shows(t, agent.agentId, false);
  }
  const live = await relay.live(t, 'technician');
  const { id, ...directive } = await spread(relay, agents, { waveSize: 2 });
  t.is(await live.submit(directive), 'submitted');
  await have([a!], id);
  await a!.report(id);
  t.true((await b!.connect()).ok);
  await have([b!], id);
  await b!.report(id);
  await b!.until(({ stored }) => stored.has(id));
  const behind = await relay.directive('technician', [{ agentId: e!.agentId }]);
  t.is(await live.submit(behind), 'submitted');
  await have([e!], behind.id);
  t.false(e!.directives.has(id));
  t.true((await c!.connect()).ok);
  await have([c!], id);
  await c!.report(id);
  await have([e!], id);
});

test('cancelling ends what has not begun', async (t) => {
  const relay = await Relay.start(t);
  const agents = await fleet(t, relay, 4);
  const live = await relay.live(t, 'technician');
  const directive = await spread(relay, agents, { waveSize: 1 });
  const { id } = directive;
  t.is(await live.submit(directive), 'submitted');
  await have([agents[0]!], id);
  t.is(await live.answer(live.send({ kind: 'cancel', envelope: await relay.cancel('technician', id) })), 'done');
  await agents[0]!.until((agent) => agent.received.some(({ kind }) => kind === 'cancel'));
  await agents[0]!.report(id, { status: 'cancelled', code: 'cancelled' });
  await counted(relay, live, id, { cancelled: 4 });
  t.deepEqual(given(agents, id), [0]);
});

test('what is given behind a directive on many machines leaves behind it, and so does its cancel', async (t) => {
  const relay = await Relay.start(t);
  const agents = await fleet(t, relay, 120);
  const last = agents.at(-1)!;
  const live = await relay.live(t, 'technician');
  const many = await relay.directive('technician', agents.map(({ agentId }) => ({ agentId })));
  const one = await relay.directive('technician', [{ agentId: last.agentId }]);
  const cancel = await relay.cancel('technician', many.id);
  t.is(await live.submit(many), 'submitted');
  live.send({ kind: 'cancel', envelope: cancel });
  t.is(await live.submit(one), 'submitted');
  for (const agent of agents) await agent.until(({ received }) => received.some((message) => message.kind === 'cancel' && message.directiveId === many.id));
  await last.until(({ directives }) => directives.has(one.id));
  t.deepEqual([...last.directives.keys()], [many.id, one.id]);
});

test('pages of a directive’s machines are full of those that the person may reach', async (t) => {
  const relay = await Relay.start(t);
  const agents: ProtocolAgent[] = [];
  for (const site of ['away', 'home', 'away', 'away', 'home', 'home']) agents.push(await connectedAgent(relay, await relay.enrolment(site)));
  t.teardown(() => agents.forEach((agent) => agent.end()));
  const live = await relay.live(t, 'admin');
  const directive = await relay.directive('admin', agents.map(({ agentId }) => ({ agentId })));
  t.is(await live.submit(directive), 'submitted');
  for (const agent of agents) await agent.until(({ stored }) => stored.has(directive.id));
  const token = await relay.tokenOf('technician');
  const read = async (query: string): Promise<string[]> => (await relay.ask(`/api/directives/${directive.id}/targets?${query}`, { token })).json.map(({ agentId }: { agentId: string }) => agentId);
  t.deepEqual(await read('limit=2'), [agents[1]?.agentId, agents[4]?.agentId]);
  t.deepEqual(await read('limit=2&offset=2&state=succeeded'), [agents[5]?.agentId]);
  t.deepEqual(await read('limit=2&state=failed'), []);
});

test('three hundred machines are told in numbers and read page by page', async (t) => {
  const relay = await Relay.start(t);
  let count = 0;
  const agents = await fleet(t, relay, 300, {
    directive: (agent, { directiveId }) => void agent.report(directiveId, count++ % 10 === 0 ? { status: 'failed', code: 'exit-nonzero' } : {}),
  });
  const live = await relay.live(t, 'technician');
  live.send({ kind: 'watch', topic: { of: 'directives' } });
  await live.next('current');
  const directive = await relay.directive('technician', agents.map(({ agentId }) => ({ agentId })));
  t.is(await live.submit(directive), 'submitted');
  const added = await live.next('directive');
  t.deepEqual(added.directive.targets, []);
  await live.next('counts', ({ counts }) => JSON.stringify(counts) === JSON.stringify([{ state: 'succeeded', count: 270 }, { state: 'failed', count: 30 }]));
  t.true(live.received.every(({ kind }) => kind !== 'target'));
  const token = await relay.tokenOf('technician');
  const read = async (query: string): Promise<{ agentId: string; state: string; report?: object }[]> => (await relay.ask(`/api/directives/${directive.id}/targets?${query}`, { token })).json;
  const failed = await read('state=failed&limit=500');
  t.is(failed.length, 30);
  t.true(failed.every(({ report }) => report !== undefined));
  const pages = [...(await read('limit=200')), ...(await read('limit=200&offset=200'))];
  t.deepEqual(pages.map(({ agentId }) => agentId), agents.map(({ agentId }) => agentId));
  t.deepEqual((await relay.ask(`/api/directives/${directive.id}/targets`, { token: await relay.tokenOf('elsewhere') })).json, []);
});

/** What leaves for whom, as lines. */
function offeringTo(left: string[]): Offering {
  return new Offering((agentId) => ({
    offer: ({ directiveId }) => void left.push(`${directiveId} ${agentId}`),
    offerLater: () => void left.push(`later ${agentId}`),
    cancel: (directiveId) => void left.push(`cancel-${directiveId} ${agentId}`),
  }));
}

const envelope = { payloadType: '', payload: new Uint8Array(), signatures: [] };
const stored = (directiveId: string) => ({ directiveId, seq: 1, envelope });
const target = (agentId: string) => ({ agentId, proof: { index: 0, siblings: [] }, state: 'sent' as const });
const many = Array.from({ length: 100 }, (_, index) => target(`m${index}`));
const leftFor = (left: readonly string[], agentId: string) => left.filter((line) => line.endsWith(` ${agentId}`)).map((line) => line.split(' ')[0]);

test('while many machines are given something, others do not wait for them, and each keeps its order', async (t) => {
  const left: string[] = [];
  const offering = offeringTo(left);
  offering.offer(stored('first'), many);
  offering.offer(stored('second'), many);
  offering.offer(stored('third'), [target('m90')]);
  offering.offer(stored('fourth'), [{ ...target('x'), state: 'waiting' }]);
  const atOnce = [...left];
  t.true(atOnce.length < 60, 'most of the many are still to come');
  t.deepEqual(atOnce.slice(-4), ['first m90', 'second m90', 'third m90', 'later x']);
  await until(() => left.length === 202, 'all to be offered');
  for (const { agentId } of many) t.deepEqual(leftFor(left, agentId), agentId === 'm90' ? ['first', 'second', 'third'] : ['first', 'second']);
});

test('a cancel that overtakes its directive on the way to many machines comes behind it at each', async (t) => {
  const left: string[] = [];
  const offering = offeringTo(left);
  offering.offer(stored('first'), many);
  await offering.cancel('first', envelope, many.toReversed());
  t.is(left.length, 200);
  for (const { agentId } of many) t.deepEqual(leftFor(left, agentId), ['first', 'cancel-first']);
});
