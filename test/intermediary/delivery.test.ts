/** From the store to the machine and back: off line, in order, once, and honestly. */
import test from 'ava';
import { limits } from '../../protocol/limits.ts';
import { utf8 } from '../../protocol/bytes.ts';
import { connectedAgent } from '../support/protocol-agent.ts';
import { Relay } from '../support/relay.ts';
import { ShiftClock } from '../support/shift-clock.ts';

const still = { directive: () => undefined };

test('what waits for a machine off line is delivered in order when it comes, also after a restart', async (t) => {
  const relay = await Relay.start(t);
  const agent = await connectedAgent(relay, await relay.enrolment());
  agent.end();
  await relay.shows(t, agent.agentId, false);
  const live = await relay.live(t, 'technician');
  const ids: string[] = [];
  for (let count = 0; count < 250; count += 1) {
    const directive = await relay.directive('technician', [{ agentId: agent.agentId }]);
    t.is(await live.submit(directive), 'submitted');
    ids.push(directive.id);
  }
  await relay.restart();
  agent.moveTo(relay);
  t.true((await agent.connect()).ok);
  t.teardown(() => agent.end());
  await agent.until(() => ids.every((id) => agent.stored.has(id)));
  t.deepEqual([...agent.directives.keys()], ids);
  t.true([...agent.deliveries.values()].every((times) => times === 1));
});

test('what was sent and not accepted before a session was lost is sent again, and what was accepted is not', async (t) => {
  const relay = await Relay.start(t);
  const agent = await connectedAgent(relay, await relay.enrolment(), still);
  const live = await relay.live(t, 'technician');
  const [kept, lost] = [await relay.directive('technician', [{ agentId: agent.agentId }]), await relay.directive('technician', [{ agentId: agent.agentId }])];
  t.is(await live.submit(kept), 'submitted');
  t.is(await live.submit(lost), 'submitted');
  await agent.until(() => agent.directives.size === 2);
  agent.directives.clear();
  agent.pending = new Set([kept.id]);
  agent.end();
  t.true((await agent.connect()).ok);
  t.teardown(() => agent.end());
  await agent.until(() => agent.directives.size === 1);
  t.deepEqual([...agent.directives.keys()], [lost.id]);
  const { directive } = await (async () => {
    live.send({ kind: 'watch', topic: { of: 'directive', directiveId: kept.id } });
    return live.next('directive', (message) => message.directive.id === kept.id);
  })();
  t.is(directive.targets[0]?.state, 'running');
});

test('a cut session goes on, and nothing in it is lost or doubled', async (t) => {
  const relay = await Relay.start(t);
  const agent = await connectedAgent(relay, await relay.enrolment());
  const live = await relay.live(t, 'technician');
  const ids: string[] = [];
  for (let round = 0; round < 3; round += 1) {
    for (let count = 0; count < 20; count += 1) {
      const directive = await relay.directive('technician', [{ agentId: agent.agentId }]);
      t.is(await live.submit(directive), 'submitted');
      ids.push(directive.id);
      if (count === 10) agent.cut();
    }
    const again = await agent.connect();
    t.true(again.ok && again.value.resumed);
  }
  t.teardown(() => agent.end());
  await agent.until(() => ids.every((id) => agent.stored.has(id)));
  t.deepEqual([...agent.deliveries.values()].filter((times) => times !== 1), []);
});

test('cancelled before it was sent it ends at once and never leaves; after that the agent is asked', async (t) => {
  const relay = await Relay.start(t);
  const agent = await connectedAgent(relay, await relay.enrolment(), still);
  agent.end();
  await relay.shows(t, agent.agentId, false);
  const live = await relay.live(t, 'technician');
  const early = await relay.directive('technician', [{ agentId: agent.agentId }]);
  t.is(await live.submit(early), 'submitted');
  live.send({ kind: 'watch', topic: { of: 'directives' } });
  t.is(await live.answer(live.send({ kind: 'cancel', envelope: await relay.cancel('technician', early.id) })), 'done');
  await live.next('target', ({ directiveId, target }) => directiveId === early.id && target.state === 'cancelled');
  t.true((await agent.connect()).ok);
  t.teardown(() => agent.end());
  const late = await relay.directive('technician', [{ agentId: agent.agentId }]);
  t.is(await live.submit(late), 'submitted');
  await agent.until(() => agent.directives.has(late.id));
  t.is(await live.answer(live.send({ kind: 'cancel', envelope: await relay.cancel('technician', late.id) })), 'done');
  await agent.until(() => agent.received.some((message) => message.kind === 'cancel' && message.directiveId === late.id));
  t.false(agent.directives.has(early.id));
  await agent.report(late.id, { status: 'cancelled', code: 'cancelled' });
  await live.next('target', ({ directiveId, target }) => directiveId === late.id && target.state === 'cancelled' && target.report !== undefined);
});

test('what waited past its end expires, and does not leave afterwards', async (t) => {
  const clock = new ShiftClock();
  const relay = await Relay.start(t, { clock });
  const agent = await connectedAgent(relay, await relay.enrolment());
  agent.end();
  await relay.shows(t, agent.agentId, false);
  const live = await relay.live(t, 'technician');
  live.send({ kind: 'watch', topic: { of: 'directives' } });
  const directive = await relay.directive('technician', [{ agentId: agent.agentId }]);
  t.is(await live.submit(directive), 'submitted');
  await relay.now.directives.expire();
  clock.shift(3_601_000);
  await relay.now.directives.expire();
  await live.next('target', ({ target }) => target.state === 'expired');
  t.true((await agent.connect()).ok);
  t.teardown(() => agent.end());
  const next = await relay.directive('technician', [{ agentId: agent.agentId }]);
  t.is(await live.submit(next), 'submitted');
  await agent.until(() => agent.stored.has(next.id));
  t.deepEqual([...agent.directives.keys()], [next.id]);
});

test('a report that is forged, of another machine or of another directive is refused and logged', async (t) => {
  const relay = await Relay.start(t);
  const agent = await connectedAgent(relay, await relay.enrolment(), still);
  const other = await connectedAgent(relay, await relay.enrolment(), still);
  t.teardown(() => agent.end());
  t.teardown(() => other.end());
  const live = await relay.live(t, 'technician');
  const directive = await relay.directive('technician', [{ agentId: agent.agentId }]);
  t.is(await live.submit(directive), 'submitted');
  await agent.until(() => agent.directives.has(directive.id));
  const foreign = await other.report(directive.id, { agentId: agent.agentId });
  agent.send({ kind: 'report', directiveId: directive.id, envelope: foreign });
  await agent.report(directive.id, { directiveDigest: 'A'.repeat(43) });
  const honest = await agent.report(directive.id, { status: 'failed', code: 'exit-nonzero' });
  live.send({ kind: 'watch', topic: { of: 'directives' } });
  const final = await live.first((message) => (message.kind === 'directive' ? message.directive.targets[0] : message.kind === 'target' ? message.target : undefined)?.report !== undefined);
  const target = final.kind === 'directive' ? final.directive.targets[0] : final.kind === 'target' ? final.target : undefined;
  t.is(target?.state, 'failed');
  t.deepEqual(Buffer.from(target?.report?.payload ?? []), Buffer.from(honest.payload));
  const refused = (await relay.now.audit.read(0, 500)).filter(({ kind }) => kind === 'report-refused').map(({ data }) => JSON.parse(data).code);
  t.deepEqual(refused.toSorted(), ['not-addressed', 'signature-invalid', 'signature-invalid']);
});

test('a thousand directives in flight on one session all end once', async (t) => {
  const relay = await Relay.start(t);
  const agent = await connectedAgent(relay, await relay.enrolment());
  t.teardown(() => agent.end());
  const live = await relay.live(t, 'technician');
  const directives = await Promise.all(Array.from({ length: 1000 }, () => relay.directive('technician', [{ agentId: agent.agentId, nonce: agent.nonce }])));
  const answers = await Promise.all(directives.map((directive) => live.submit(directive)));
  t.deepEqual(answers.filter((answer) => answer !== 'submitted'), []);
  await agent.until(() => directives.every(({ id }) => agent.stored.has(id)), 60_000);
  t.true([...agent.deliveries.values()].every((times) => times === 1));
  const { json } = await relay.ask('/api/statistics', { token: await relay.tokenOf('admin') });
  t.deepEqual(json.targets, { succeeded: 1000 });
});

test('one signature for many machines reaches each with its own proof', async (t) => {
  const relay = await Relay.start(t);
  const secret = await relay.enrolment('home', 9);
  const agents = await Promise.all(Array.from({ length: 9 }, () => connectedAgent(relay, secret)));
  t.teardown(() => agents.forEach((agent) => agent.end()));
  const live = await relay.live(t, 'technician');
  const directive = await relay.directive('technician', agents.map(({ agentId }) => ({ agentId })));
  t.is(await live.submit(directive), 'submitted');
  await Promise.all(agents.map((agent) => agent.until(() => agent.stored.has(directive.id))));
  t.deepEqual(agents.map((agent) => agent.directives.get(directive.id)?.proof.index).toSorted((a = 0, b = 0) => a - b), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
});

test('output is kept up to its bound, and a watcher that reads late misses nothing', async (t) => {
  const relay = await Relay.start(t);
  const agent = await connectedAgent(relay, await relay.enrolment(), still);
  t.teardown(() => agent.end());
  const live = await relay.live(t, 'technician');
  const directive = await relay.directive('technician', [{ agentId: agent.agentId }]);
  t.is(await live.submit(directive), 'submitted');
  await agent.until(() => agent.directives.has(directive.id));
  const watch = { kind: 'watch', topic: { of: 'output', directiveId: directive.id, agentId: agent.agentId } } as const;
  live.send(watch);
  const output = agent.output(directive.id);
  output.write(Uint8Array.of(2, ...utf8('a warning\n')));
  await live.next('output', ({ channel }) => channel === 'stderr');
  live.socket.pause();
  const chunk = new Uint8Array(limits.maxChunkBytes + 1).fill(65);
  chunk[0] = 1;
  const chunks = limits.maxOutputBytes / limits.maxChunkBytes + 4;
  for (let count = 0; count < chunks; count += 1) output.write(chunk);
  const keptAll = async (): Promise<number> => (await relay.ask(`/api/directives/${directive.id}/output/${agent.agentId}/stdout`, { token: await relay.tokenOf('technician') })).body.length;
  const deadline = performance.now() + 10_000;
  while ((await keptAll()) < limits.maxOutputBytes && performance.now() < deadline) await new Promise((resolve) => setImmediate(resolve));
  t.is(await keptAll(), limits.maxOutputBytes);
  live.socket.resume();
  await live.next('output', ({ channel, offset, bytes }) => channel === 'stdout' && offset + bytes.byteLength === limits.maxOutputBytes);
  const offsets = live.received.flatMap((message) => (message.kind === 'output' && message.channel === 'stdout' ? [[message.offset, message.bytes.byteLength] as const] : []));
  let place = 0;
  for (const [offset, length] of offsets) {
    t.is(offset, place);
    place += length;
  }
});

test('an agent may not write the output of a run that is not its own', async (t) => {
  const relay = await Relay.start(t);
  const agent = await connectedAgent(relay, await relay.enrolment(), still);
  const other = await connectedAgent(relay, await relay.enrolment(), still);
  t.teardown(() => agent.end());
  t.teardown(() => other.end());
  const live = await relay.live(t, 'technician');
  const directive = await relay.directive('technician', [{ agentId: agent.agentId }]);
  t.is(await live.submit(directive), 'submitted');
  const code = await new Promise((resolve) => {
    const stream = other.output(directive.id);
    stream.listen({ data: () => undefined, ended: () => undefined, reset: resolve, drained: () => undefined });
    stream.write(Uint8Array.of(1, 65));
  });
  t.is(code, 'no-such-directive');
});

test('attached, console and agent pass frames both ways, whole and in order, with credit from end to end', async (t) => {
  const relay = await Relay.start(t);
  const agent = await connectedAgent(relay, await relay.enrolment(), {
    ...still,
    live: (_agent, stream) =>
      stream.listen({
        data: (frame) => {
          stream.take(frame.byteLength);
          stream.write(Uint8Array.from(frame, (byte) => byte ^ 0xff));
        },
        ended: () => stream.end(),
        reset: () => undefined,
        drained: () => undefined,
      }),
  });
  t.teardown(() => agent.end());
  const live = await relay.live(t, 'technician');
  const directive = await relay.directive('technician', [{ agentId: agent.agentId }]);
  t.is(await live.submit(directive), 'submitted');
  await agent.until(() => agent.directives.has(directive.id));
  const ref = live.send({ kind: 'attach', directiveId: directive.id, agentId: agent.agentId });
  await live.next('attached');
  const frames = Array.from({ length: 200 }, (_, index) => new Uint8Array(1 + ((index * 997) % 9000)).fill(index));
  for (const bytes of frames) {
    live.send({ kind: 'frame', bytes }, ref);
    await live.first((message) => message.kind === 'frame' && message.ref === ref && message.bytes.byteLength === bytes.byteLength && message.bytes[0] === (((bytes[0] ?? 0) ^ 0xff) & 0xff));
    live.send({ kind: 'credit', bytes: bytes.byteLength }, ref);
  }
  const back = live.received.flatMap((message) => (message.kind === 'frame' ? [message.bytes.byteLength] : []));
  t.deepEqual(back, frames.map(({ byteLength }) => byteLength));
  live.send({ kind: 'credit', bytes: 1_000_000 }, ref);
  t.is((await live.next('detached')).code, 'credit-exceeded');
});
