import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import type { Stand } from '../../agent/trust/trust.ts';
import { failure } from '../../protocol/outcome.ts';
import type { Failure } from '../../protocol/outcome.ts';
import type { Procedure } from '../../protocol/procedure/procedure.ts';
import { isRunning, newId, until } from '../execution/support.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { checked, makeRunner } from './support.ts';

const shell = (command: string) => ({ run: { primitive: 'shell.execute', params: { command } } });
const procedure = (steps: object[], more: object = {}): Procedure => checked({ name: 'p', title: 'P', ...more, steps });

test('the results of the steps are put together into one, and their output is that of the run', async (t) => {
  const run = makeRunner(t);
  const ran = await run(procedure([
    { name: 'one', ...shell('echo one') },
    { name: 'two', run: { primitive: 'variable.get', params: { from: 'command', of: 'echo ${parameters.word}' } } },
    { name: 'three', when: "steps.two.result.value == 'two'", ...shell('echo ${steps.two.result.value} ${variables.temporary}') },
    { name: 'four', when: 'false', ...shell('echo four') },
  ], { parameters: { word: { type: 'text', title: 'Word', default: 'two' } }, variables: { temporary: { from: 'directory', of: 'temporary' } } }));
  t.true(ran.ok, ran.detail);
  t.regex(ran.output, /^one\ntwo \/\S+\n$/);
  t.deepEqual(ran.states, { one: 'succeeded', two: 'succeeded', three: 'succeeded', four: 'left-out' });
  t.like(ran.result?.steps[0], { name: 'one', result: { exitCode: 0, signal: null } });
  t.true(ran.result?.steps.slice(0, 3).every(({ startedAtMs = 0, endedAtMs = 0 }) => startedAtMs > 0 && endedAtMs >= startedAtMs));
  t.true(ran.notes.includes('step three'));
});

test('a failure stops it, with the step, the code and what the steps before gave', async (t) => {
  const ran = await makeRunner(t)(procedure([{ name: 'one', ...shell('true') }, { name: 'two', ...shell('exit 3') }, { name: 'three', ...shell('true') }]));
  t.like(ran, { ok: false, code: 'exit-nonzero', detail: 'at step two: exit code 3' });
  t.deepEqual(ran.states, { one: 'succeeded', two: 'failed', three: 'not-reached' });
});

test('steps wait for places of their own: more procedures at once than there are places all end', async (t) => {
  const run = makeRunner(t, 1);
  const one = procedure([{ name: 'both', parallel: [{ name: 'left', ...shell('true') }, { name: 'right', ...shell('true') }] }, { name: 'end', ...shell('true') }]);
  const all = await Promise.all(Array.from({ length: 8 }, () => run(one)));
  t.true(all.every(({ ok }) => ok));
});

test('cancel ends the step under way with all that it started, and nothing more begins', async (t) => {
  const folder = await temporaryFolder(t);
  const cancel = new AbortController();
  const running = makeRunner(t)(procedure([{ name: 'long', ...shell(`sleep 600 & echo $!; wait`), onError: 'continue' }, { name: 'next', ...shell(`touch ${folder}/next`) }]), {}, {
    signal: cancel.signal,
    output: (text) => text.endsWith('\n') && cancel.abort('cancelled'),
  });
  const ran = await running;
  t.like(ran, { ok: false, code: 'cancelled', detail: 'at step long' });
  t.deepEqual(ran.states, { long: 'failed', next: 'not-reached' });
  t.false(isRunning(Number(ran.output)));
  t.false(existsSync(join(folder, 'next')));
});

test('cancelled before it begins, it begins nothing', async (t) => {
  const folder = await temporaryFolder(t);
  const ran = await makeRunner(t)(procedure([{ name: 'a', ...shell(`touch ${folder}/a`) }]), {}, { signal: AbortSignal.abort('cancelled') });
  t.like(ran, { ok: false, code: 'cancelled', detail: 'at step a' });
  t.false(existsSync(join(folder, 'a')));
});

test('a step has its time limit, and the whole has one', async (t) => {
  const run = makeRunner(t);
  t.like(await run(procedure([{ name: 'a', ...shell('sleep 600'), timeLimitSeconds: 1 }])), { ok: false, code: 'time-limit', states: { a: 'failed' } });
  t.like(await run(procedure([{ name: 'a', ...shell('sleep 600') }], { timeLimitSeconds: 1 })), { ok: false, code: 'time-limit', detail: 'at step a: 1 s for the whole procedure' });
});

test('each step is judged anew before it begins: a right that was taken away is gone', async (t) => {
  const ran = await makeRunner(t)(procedure([{ name: 'a', run: { primitive: 'agent.echo', params: { text: 'x' } } }, { name: 'b', ...shell('true') }]), {}, { denied: ['shell.execute'] });
  t.like(ran, { ok: false, code: 'primitive-denied', detail: 'at step b: shell.execute', states: { a: 'succeeded', b: 'failed' } });
});

test('looking a variable up takes its right, the path of a directory does not', async (t) => {
  const run = makeRunner(t);
  const denied = ['variable.get'];
  t.like(await run(procedure([{ name: 'a', ...shell('true') }], { variables: { host: { from: 'file', of: '/etc/hostname' } } }), {}, { denied }), { ok: false, code: 'primitive-denied', detail: 'variable host: variable.get' });
  t.like(await run(procedure([{ name: 'a', ...shell('true') }], { variables: { temporary: { from: 'directory', of: 'temporary' } } }), {}, { denied }), { ok: true });
});

test('parameters that do not fit when they are filled in are a failure of the step', async (t) => {
  const ran = await makeRunner(t)(procedure([{ name: 'a', run: { primitive: 'network.port-check', params: { host: 'localhost', port: '${parameters.port}' } } }], { parameters: { port: { type: 'number', title: 'Port' } } }), { port: 70_000 });
  t.like(ran, { ok: false, code: 'params-invalid', states: { a: 'failed' } });
});

test('what cannot be written down is not begun', async (t) => {
  const folder = await temporaryFolder(t);
  const full = (stand: Stand): Failure | undefined => (stand.walk.at === 'b' ? failure('disk-full', 'no room') : undefined);
  const ran = await makeRunner(t)(procedure([{ name: 'a', ...shell(`touch ${folder}/a`) }, { name: 'b', ...shell(`touch ${folder}/b`) }]), {}, { written: full });
  t.like(ran, { ok: false, code: 'disk-full' });
  t.deepEqual([existsSync(join(folder, 'a')), existsSync(join(folder, 'b'))], [true, false]);
});

test('it goes on from where it stands: what was done is not done again, and what was under way is begun anew', async (t) => {
  const folder = await temporaryFolder(t);
  const run = makeRunner(t);
  const file = join(folder, 'deeds');
  const steps = procedure([{ name: 'a', ...shell(`echo a >> ${file}`) }, { name: 'b', ...shell(`echo b >> ${file}`), repeatable: true }, { name: 'c', ...shell(`echo c >> ${file}`) }]);
  const stands: Stand[] = [];
  await run(steps, {}, { written: (stand) => void stands.push(JSON.parse(JSON.stringify(stand))) });
  const inB = stands.find(({ walk }) => walk.running.includes('b'));
  t.truthy(inB);
  const again = await run(steps, {}, inB === undefined ? {} : { stand: inB });
  t.true(again.ok, again.detail);
  t.is(readFileSync(file, 'utf8'), 'a\nb\nc\nb\nc\n');
});

test('variables keep the values that they had before a restart', async (t) => {
  const one = procedure([{ name: 'a', ...shell('echo ${variables.temporary}'), repeatable: true }], { variables: { temporary: { from: 'directory', of: 'temporary' } } });
  const stand: Stand = { variables: { temporary: 'kept' }, walk: { at: 'a', running: ['a'], jumps: 0, deeds: 1, steps: { a: { state: 'running', startedAtMs: 1 } } } };
  t.is((await makeRunner(t)(one, {}, { stand })).output, 'kept\n');
});

test('what a step has started is found by the id of its directive', async (t) => {
  const directiveId = newId();
  let pid = 0;
  const cancel = new AbortController();
  const running = makeRunner(t)(procedure([{ name: 'a', ...shell('echo $$; exec sleep 600') }]), {}, { directiveId, signal: cancel.signal, output: (text) => void (pid = Number(text)) });
  await until(() => pid > 0, 'the step');
  t.regex(readFileSync(`/proc/${pid}/environ`, 'latin1'), new RegExp(`BEHEST_DIRECTIVE=${directiveId}\\.1`));
  const { findTree } = await import('../../agent/execution/process-tree.ts');
  t.true(findTree({ directiveIds: [directiveId] }).some((entry) => entry.pid === pid));
  t.deepEqual(findTree({ directiveIds: [directiveId.slice(0, -1)] }), []);
  cancel.abort('cancelled');
  await running;
});
