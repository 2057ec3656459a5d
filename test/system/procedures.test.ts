/**
 * Procedures through the three programs: from a file to the verified report, cancelled, and with the agent killed in the middle.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { stringify } from 'yaml';
import { behest, eventually, isAlive, start } from '../support/behest.ts';
import { House } from '../support/house.ts';
import type { Owner } from '../support/owner.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let house: House;
let folder = '';
let machine = '';

const ends: (() => unknown)[] = [];
/** All tests share the house. */
const owner: Owner = { teardown: (end) => void ends.unshift(end) };

test.before(async () => {
  house = await House.build(owner);
  folder = await temporaryFolder(owner);
  machine = house.machine?.name ?? '';
});
test.after.always(async () => {
  for (const end of ends) await end();
});

const shell = (command: string) => ({ run: { primitive: 'shell.execute', params: { command } } });

/** A file with these steps. */
function write(name: string, steps: object[], more: object = {}): string {
  const file = join(folder, `${name}.yaml`);
  writeFileSync(file, stringify({ name, title: name, ...more, steps }));
  return file;
}

function lines(file: string): string[] {
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
}

test.serial('a file is checked, says what it would do, and is run to its report', async (t) => {
  const file = write('greet', [{ name: 'say', ...shell('echo hello ${parameters.who}') }, { name: 'never', when: "steps.say.state == 'failed'", ...shell('true') }], { parameters: { who: { type: 'text', title: 'Who' } } });
  const checked = await behest(house.path, ['procedure', 'check', file]);
  t.is(checked.code, 0, checked.stderr);
  t.is(checked.stdout.toString(), 'greet: 2 steps, risk control\n');
  const dry = await behest(house.path, ['procedure', 'run', machine, file, '--param', 'who=world', '--dry-run']);
  t.regex(dry.stdout.toString(), /^say +shell\.execute +\{"command":"echo hello world"\}$/m);
  const ran = await behest(house.path, ['procedure', 'run', machine, file, '--param', 'who=world']);
  t.is(ran.code, 0, ran.stderr);
  t.regex(ran.stdout.toString(), /^hello world\nSTEP .*\nsay +succeeded .*\nnever +left out/);
  t.regex(ran.stderr, /^succeeded on /m);
});

test.serial('what is wrong is said with its place, and nothing is sent', async (t) => {
  const wrong = await behest(house.path, ['procedure', 'check', write('wrong', [{ name: 'a', ...shell('true'), goTo: 'b' }, { name: 'c', run: { primitive: 'shell.exec' } }])]);
  t.is(wrong.code, 1);
  t.regex(wrong.stderr, /^steps\.a\.goTo: there is no step b to go to\nsteps\.c\.run: there is no primitive shell\.exec\nerror\[procedure-invalid\]: 2 faults in /);
  const secret = write('secret', [{ name: 'a', ...shell('echo ${parameters.word}') }], { parameters: { word: { type: 'text', title: 'Word', secret: true } } });
  const refused = await behest(house.path, ['procedure', 'run', machine, secret, '--param', 'word=hush']);
  t.is(refused.code, 1);
  t.regex(refused.stderr, /^error\[not-supported\]: the parameter word is a secret/);
  t.is((await behest(house.path, ['procedure', 'run', machine, write('one', [{ name: 'a', ...shell('true') }]), '--param', 'x=1'])).code, 1);
  t.regex((await behest(house.path, ['procedure', 'check', '/dev/null/none'])).stderr, /^error\[not-a-file\]/);
  writeFileSync(join(folder, 'broken.yaml'), 'steps: [');
  t.regex((await behest(house.path, ['procedure', 'check', join(folder, 'broken.yaml')])).stderr, /^error\[procedure-invalid\]: .*line 1/);
});

test.serial('a step that fails is named, with what the steps before gave', async (t) => {
  const ran = await behest(house.path, ['procedure', 'run', machine, write('fails', [{ name: 'good', ...shell('true') }, { name: 'bad', ...shell('exit 3') }]), '--json']);
  t.is(ran.code, 1);
  t.like(JSON.parse(ran.stdout.toString()), { status: 'failed', code: 'exit-nonzero', detail: 'at step bad: exit code 3', verified: true, result: { steps: [{ name: 'good', state: 'succeeded' }, { name: 'bad', state: 'failed', result: { exitCode: 3 } }] } });
});

test.serial('Ctrl-C cancels the step under way and the procedure with it', async (t) => {
  const mark = join(folder, 'cancelled');
  const running = start(house.path, ['procedure', 'run', machine, write('long', [{ name: 'wait', ...shell(`echo $$ > ${mark}; echo begun; exec sleep 600`) }, { name: 'next', ...shell(`echo next >> ${mark}`) }])]);
  await new Promise((resolve) => running.child.stdout?.once('data', resolve));
  running.child.kill('SIGINT');
  const ended = await running.ended;
  t.is(ended.code, 1);
  t.regex(ended.stderr, /^cancelled\[cancelled\] on .*at step wait/m);
  t.is(lines(mark).length, 1);
  t.false(isAlive(Number(lines(mark)[0])));
});

test.serial('the agent killed in the middle: interrupted at the named step, and what the step had started is ended', async (t) => {
  const file = join(folder, 'killed');
  const running = start(house.path, ['procedure', 'run', machine, write('killed', [{ name: 'first', ...shell(`echo first >> ${file}`) }, { name: 'second', ...shell(`echo $$ >> ${file}; exec sleep 600`) }, { name: 'third', ...shell(`echo third >> ${file}`) }]), '--json']);
  await eventually(() => lines(file).length === 2, 60_000);
  await house.killAgent();
  const ended = await running.ended;
  t.is(ended.code, 1, ended.stderr);
  t.like(JSON.parse(ended.stdout.toString()), { status: 'interrupted', code: 'interrupted', detail: 'at step second', verified: true, result: { steps: [{ state: 'succeeded' }, { state: 'running' }, { state: 'not-reached' }] } });
  await eventually(() => !isAlive(Number(lines(file)[1])), 30_000);
  t.is(lines(file).length, 2);
});

for (const [how, again] of [['killed', () => house.killAgent()], ['stopped and started', () => house.restartAgent()]] as const) {
  test.serial(`the agent ${how} in a repeatable step: it goes on there, and what was done is not done again`, async (t) => {
    const file = join(folder, `repeatable ${how}`);
    const running = start(house.path, ['procedure', 'run', machine, write('repeatable', [
      { name: 'first', ...shell(`echo first >> '${file}'`) },
      { name: 'second', repeatable: true, ...shell(`echo second >> '${file}'; test $(wc -l < '${file}') -eq 3 || sleep 600`) },
      { name: 'third', ...shell(`echo third >> '${file}'`) },
    ])]);
    await eventually(() => lines(file).length === 2, 60_000);
    await again();
    const ended = await running.ended;
    t.is(ended.code, 0, ended.stderr);
    t.deepEqual(lines(file), ['first', 'second', 'second', 'third']);
  });
}
