import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { readStatus } from '../../agent/status-file.ts';
import { until } from '../execution/support.ts';
import { FakeIntermediary, unreachable } from './fake-intermediary.ts';

const alive = setInterval(() => undefined, 60_000);
test.after.always(() => clearInterval(alive));

/** An enrolled agent in session, under root and policy. */
async function connected(t: ExecutionContext): Promise<FakeIntermediary> {
  const relay = new FakeIntermediary();
  t.teardown(() => relay.end());
  await relay.start(true);
  await relay.checkedIn();
  await relay.rule();
  return relay;
}

test('an agent enrols, checks in and carries out a directive', async (t) => {
  const relay = await connected(t);
  const checkIn = await relay.checkedIn();
  t.is(checkIn.site, 'home');
  relay.say({ kind: 'describe' });
  await until(() => relay.said.some(({ kind }) => kind === 'primitives'), 'its primitives');
  const { primitives } = relay.said.flatMap((message) => (message.kind === 'primitives' ? [message] : []))[0] ?? { primitives: [] };
  t.true(primitives.some(({ name }) => name === 'shell.execute'));
  t.is(createHash('sha256').update(JSON.stringify(primitives)).digest('hex'), checkIn.primitives);
  const id = await relay.direct('shell.execute', { command: 'echo hi; exit 3' });
  const report = await relay.report(id);
  t.deepEqual([report.status, report.code, report.result], ['failed', 'exit-nonzero', { exitCode: 3, signal: null }]);
  t.is(Buffer.concat(relay.output.get(id) ?? []).toString(), 'hi\n');
  t.deepEqual(relay.said.filter((message) => 'directiveId' in message && message.directiveId === id).map(({ kind }) => kind), ['started', 'report']);
});

test.serial('a thousand directives in flight each get exactly one report', async (t) => {
  const relay = await connected(t);
  const ids = await Promise.all(Array.from({ length: 1000 }, (_, index) => relay.direct('agent.echo', { text: `${index}` })));
  const reports = await Promise.all(ids.map((id) => relay.report(id)));
  t.true(reports.every(({ status, result }, index) => status === 'succeeded' && JSON.stringify(result) === `{"text":"${index}"}`));
  t.is(relay.said.filter(({ kind }) => kind === 'report').length, 1000);
});

test('a cut connection is made again and the session goes on', async (t) => {
  const relay = await connected(t);
  const id = await relay.direct('shell.execute', { command: 'echo before; sleep 1; echo after' });
  await until(() => relay.said.some(({ kind }) => kind === 'started'), 'the start');
  relay.cut();
  t.is((await relay.report(id)).status, 'succeeded');
  t.is(Buffer.concat(relay.output.get(id) ?? []).toString(), 'before\nafter\n');
  t.is(relay.sessions, 1);
});

test('a report is sent again in each new session until it is stored', async (t) => {
  const relay = await connected(t);
  relay.storing = false;
  const id = await relay.direct('agent.echo', { text: 'once' });
  await relay.report(id);
  relay.storing = true;
  relay.session?.close();
  await until(() => relay.said.filter(({ kind }) => kind === 'report').length === 2, 'the second report');
  await relay.checkedIn(2);
  relay.session?.close();
  await relay.checkedIn(3);
  await relay.report(await relay.direct('agent.echo', { text: 'later' }));
  t.is(relay.said.filter((message) => message.kind === 'report' && message.directiveId === id).length, 2);
});

test('a directive that comes twice runs once', async (t) => {
  const relay = await connected(t);
  const file = join(relay.folder, 'count');
  const id = await relay.direct('shell.execute', { command: `echo x >> ${file}` });
  await relay.report(id);
  const sent = relay.said.length;
  relay.repeat();
  await until(() => relay.said.length > sent, 'an answer');
  t.is(relay.said.at(-1)?.kind, 'report');
  t.is(readFileSync(file, 'utf8'), 'x\n');
});

test('root and policy in force are told as soon as they are taken', async (t) => {
  const { rootVersion, policyVersion } = await (await connected(t)).checkedIn();
  t.deepEqual([rootVersion, policyVersion], [1, 1]);
});

test('agent.check-in makes the agent check in again', async (t) => {
  const relay = await connected(t);
  const id = await relay.direct('agent.check-in', {});
  await relay.checkedIn(2);
  t.is((await relay.report(id)).status, 'succeeded');
});

test('after a restart the identity stays and no enrolment string is needed', async (t) => {
  const relay = await connected(t);
  const before = relay.agent?.agentId;
  await relay.agent?.stop();
  await relay.start(false);
  const { rootVersion, policyVersion } = await relay.checkedIn(2);
  t.is(relay.agent?.agentId, before);
  t.deepEqual([rootVersion, policyVersion], [1, 1]);
});

test.serial('stopping ends what runs and reports it, at the next start', async (t) => {
  const relay = await connected(t);
  const id = await relay.direct('shell.execute', { command: 'sleep 300' });
  await until(() => relay.said.some(({ kind }) => kind === 'started'), 'the start');
  const began = performance.now();
  await relay.agent?.stop();
  t.true(performance.now() - began < 6000);
  await relay.start(false);
  t.is((await relay.report(id)).status, 'interrupted');
});

test('while nobody answers the attempts go on and the status says why', async (t) => {
  const relay = new FakeIntermediary();
  t.teardown(() => relay.end());
  relay.refusal = unreachable;
  await relay.start(true);
  await until(() => relay.dialled >= 3, 'three attempts');
  const status = readStatus(relay.folder);
  t.is(status?.failedAttempts[0]?.code, 'unreachable');
  relay.refusal = undefined;
  await relay.checkedIn();
  await until(() => readStatus(relay.folder)?.state === 'connected', 'the status');
});

test('the intermediary hears in each session by which way it was reached, and after a loss what was tried in vain', async (t) => {
  const relay = await connected(t);
  const heard = () => relay.said.filter((message) => message.kind === 'reached');
  relay.cut();
  await until(() => heard().length >= 1, 'the word after the cut');
  t.like(heard().at(-1), { way: { transport: 'wss', path: 'directly', address: 'relay.example:443' }, failed: [{ transport: 'wss', code: 'connection-lost' }] });
});

test('an unknown message and a false policy change nothing', async (t) => {
  const relay = await connected(t);
  relay.session?.send(Uint8Array.of(0xa1, 0x00, 0x00));
  relay.say({ kind: 'policy', envelope: { payloadType: 'application/vnd.behest.policy.v1+json', payload: Buffer.from('{}'), signatures: [{ keyId: 'a'.repeat(32), signature: new Uint8Array(64) }] } });
  await until(() => relay.said.some(({ kind }) => kind === 'statement-refused'), 'the refusal');
  t.is((await relay.report(await relay.direct('agent.echo', { text: '' }))).status, 'succeeded');
});
