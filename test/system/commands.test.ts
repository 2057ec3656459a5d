import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn as spawnTerminal } from 'node-pty';
import test from 'ava';
import { sameBytes, utf8 } from '../../protocol/bytes.ts';
import { behest, behestMain, eventually, isAlive, start, startQuickly } from '../support/behest.ts';
import type { QuickStart } from '../support/behest.ts';

let folder = '';
let data = '';
let running: QuickStart;
let machine = '';

test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'behest-test-'));
  data = join(folder, 'data');
  running = await startQuickly(data);
  machine = JSON.parse((await behest(data, ['agents', '--json'])).stdout.toString())[0].name;
});
test.after.always(async () => {
  await running?.stop();
  await rm(folder, { recursive: true, force: true });
});

test.serial('agents is a table for people and JSON for programs', async (t) => {
  const shown = await behest(data, ['agents']);
  t.is(shown.code, 0);
  t.regex(shown.stdout.toString(), /^NAME +STATE +SINCE/);
  t.true(shown.stdout.includes(running.ready.agentId));
});

test.serial('run shows output as it comes and succeeds only when the report says so', async (t) => {
  const good = await behest(data, ['run', machine, 'shell.execute', '--params', JSON.stringify({ command: 'echo out; echo err >&2' })]);
  t.is(good.code, 0, good.stderr);
  t.is(good.stdout.toString(), 'out\n');
  t.regex(good.stderr, /^err$/m);
  t.regex(good.stderr, /^succeeded on .* \(directive [0-9a-f]{32}\)$/m);
  const bad = await behest(data, ['run', machine, 'shell.execute', '--command', 'exit 3']);
  t.is(bad.code, 1);
  t.regex(bad.stderr, /^failed\[exit-nonzero\] on /m);
});

test.serial('a program that the agent starts has the environment of the machine, not what the agent set for itself', async (t) => {
  const shown = await behest(data, ['exec', machine, '--', 'env']);
  t.is(shown.code, 0, shown.stderr);
  t.true(shown.stdout.includes('PATH='));
  t.false(/MALLOC_|CBOR_NATIVE/.test(shown.stdout.toString()));
});

test.serial('run shows a result as facts and tables, in words', async (t) => {
  const status = await behest(data, ['run', machine, 'agent.status']);
  t.is(status.code, 0, status.stderr);
  t.regex(status.stdout.toString(), new RegExp(`^Agent +${running.ready.agentId}$`, 'm'));
  t.regex(status.stdout.toString(), /^Since +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/m);
  t.regex((await behest(data, ['run', machine, 'agent.settings'])).stdout.toString(), /^Mode +connected$/m);
  const log = await behest(data, ['run', machine, 'agent.log', '--contains', 'agent.status']);
  t.regex(log.stdout.toString(), /^WHEN +LEVEL +MESSAGE$\n.* information +directive ended .*primitive=agent\.status/m);
  const processes = await behest(data, ['run', machine, 'process.list', '--most', '1', '--sort-by', 'number']);
  t.regex(processes.stdout.toString(), /^NUMBER +PARENT +NAME .*\n1 +0 /m);
  t.regex(processes.stdout.toString(), /There is more than is listed here\.\n$/);
});

test.serial('run --json prints the verified report', async (t) => {
  const ended = await behest(data, ['run', machine, 'system.information', '--json']);
  t.is(ended.code, 0, ended.stderr);
  const report = JSON.parse(ended.stdout.toString());
  t.is(report.status, 'succeeded');
  t.is(report.agentId, running.ready.agentId);
  t.true(report.verified);
});

test.serial('run ends what takes too long', async (t) => {
  const ended = await behest(data, ['run', machine, 'shell.execute', '--command', 'sleep 60', '--timeout', '500ms']);
  t.is(ended.code, 1);
  t.regex(ended.stderr, /time-limit/);
});

test.serial('Ctrl-C cancels the directive and waits for its report', async (t) => {
  const process = start(data, ['run', machine, 'shell.execute', '--command', 'echo begun; sleep 60']);
  await new Promise((resolve) => process.child.stdout?.once('data', resolve));
  process.child.kill('SIGINT');
  const ended = await process.ended;
  t.is(ended.code, 1);
  t.regex(ended.stderr, /^cancelled/m);
});

test.serial('parameters that do not fit are refused by name', async (t) => {
  const refused = await behest(data, ['run', machine, 'shell.execute', '--params', '{"comand":"x"}']);
  t.is(refused.code, 1);
  t.regex(refused.stderr, /params-invalid/);
});

test.serial('unknown machines, primitives and options are said with what was probably meant', async (t) => {
  const stranger = await behest(data, ['run', `${machine}x`, 'agent.echo']);
  t.is(stranger.code, 1);
  t.regex(stranger.stderr, /^error\[no-such-machine\]: .*did you mean /);
  const primitive = await behest(data, ['primitives', 'shell.exekute']);
  t.regex(primitive.stderr, /^error\[primitive-unknown\]: .*did you mean shell\.execute\?/);
  for (const given of [['--key', 'HKLM\\Software'], ['--params', '{"key":"HKLM\\\\Software"}']]) {
    t.regex((await behest(data, ['run', machine, 'registry.get-value', ...given])).stderr, /error\[not-on-this-platform\]/);
  }
  const option = await behest(data, ['agents', '--jsn']);
  t.is(option.code, 2);
  t.regex(option.stderr, /^error\[usage\]: unknown option '--jsn'/);
});

test.serial('exec passes five random megabytes through, both ways, and the exit code', async (t) => {
  const bytes = randomBytes(5_000_000);
  const ended = await behest(data, ['exec', machine, '--', 'sh', '-c', 'cat; echo err >&2; exit 3'], bytes);
  t.is(ended.code, 3, ended.stderr);
  t.is(ended.stdout.byteLength, bytes.byteLength);
  t.true(sameBytes(ended.stdout, bytes));
  t.is(ended.stderr, 'err\n');
});

test.serial('exec passes arguments as they are, and the end of input', async (t) => {
  const args = ['a b', '', '"quoted"', '$HOME', '*', '--json', 'ü'];
  const ended = await behest(data, ['exec', machine, '--', 'printf', '%s|', ...args]);
  t.is(ended.stdout.toString(), `${args.join('|')}|`);
  t.is((await behest(data, ['exec', machine, '--', 'wc', '-c'], Buffer.from('12345'))).stdout.toString().trim(), '5');
});

test.serial('exec keeps its own failures apart: 255', async (t) => {
  const missing = await behest(data, ['exec', machine, '--', '/no/such/program']);
  t.is(missing.code, 255);
  t.regex(missing.stderr, /^error\[not-found\]/);
  t.is((await behest(data, ['exec', 'nobody', '--', 'true'])).code, 255);
});

test.serial('exec gives signals on and reports them as a shell does', async (t) => {
  const process = start(data, ['exec', machine, '--', 'sh', '-c', 'echo begun; exec sleep 60'], 'open');
  await new Promise((resolve) => process.child.stdout?.once('data', resolve));
  process.child.kill('SIGINT');
  t.is((await process.ended).code, 130);
});

test.serial('exec ends quietly when its reader leaves, and so does the program there', async (t) => {
  const process = start(data, ['exec', machine, '--', 'sh', '-c', 'echo $$; exec yes']);
  const first = await new Promise<Buffer>((resolve) => process.child.stdout?.once('data', resolve));
  const pid = Number(first.toString().split('\n')[0]);
  process.child.stdout?.destroy();
  const ended = await process.ended;
  t.is(ended.code, 141);
  t.is(ended.stderr, '');
  await eventually(() => !isAlive(pid), 20_000);
});

/** `behest shell` under a terminal of our own. */
function openShell() {
  const options = { name: 'xterm-256color', cols: 80, rows: 24, cwd: process.cwd(), env: { ...process.env, BEHEST_DATA: data }, encoding: null } as const;
  const terminal = spawnTerminal(process.execPath, [behestMain, 'shell', machine], options);
  let shown = '';
  terminal.onData((bytes) => (shown += Buffer.from(bytes).toString()));
  return {
    shown: () => shown,
    type: (text: string) => void terminal._socket.write(utf8(text), () => {}),
    resize: (columns: number, rows: number) => terminal.resize(columns, rows),
    exited: new Promise<number>((resolve) => terminal.onExit(({ exitCode }) => resolve(exitCode))),
    prompt: () => eventually(() => /[$#>%] /.test(shown), 20_000),
  };
}

test.serial('shell is a terminal: typing, size, leaving', async (t) => {
  const shell = openShell();
  await shell.prompt();
  shell.type('stty size; echo do"ne"\r');
  await eventually(() => shell.shown().includes('24 80') && /done\r+\n/.test(shell.shown()));
  shell.resize(100, 30);
  await eventually(() => {
    shell.type('stty size\r');
    return shell.shown().includes('30 100');
  });
  shell.type('exit 7\r');
  t.is(await shell.exited, 7);
});

test.serial('shell is left with ~.', async (t) => {
  const shell = openShell();
  await shell.prompt();
  shell.type('~.');
  t.is(await shell.exited, 0);
});

test.serial('primitives come from the schemas', async (t) => {
  const list = await behest(data, ['primitives']);
  t.regex(list.stdout.toString(), /^shell\.execute +control /m);
  const one = await behest(data, ['primitives', 'shell.execute']);
  t.regex(one.stdout.toString(), /--working-directory +string\n +Absolute path/);
  t.regex(one.stdout.toString(), /^Gives\n  exitCode  /m);
  t.true(list.stdout.toString().split('\n').length > 30);
});

test.serial('directives tells who did what with which result', async (t) => {
  await behest(data, ['run', machine, 'agent.echo', '--text', 'hello']);
  const shown = await behest(data, ['directives']);
  t.regex(shown.stdout.toString(), /owner +agent\.echo/);
  const listed = JSON.parse((await behest(data, ['directives', '--json', '--agent', machine, '--limit', '1'])).stdout.toString());
  t.is(listed.length, 1);
});

test.serial('policy, audit log and enrolment strings', async (t) => {
  t.regex((await behest(data, ['policy', 'show'])).stdout.toString(), /^policy \d+ of .* signed by 1 of 1 owners/);
  const log = await behest(data, ['audit-log', 'verify']);
  t.is(log.code, 0, log.stderr);
  t.regex(log.stdout.toString(), /^whole: \d+ entries, last hash [0-9a-f]{64}$/m);
  t.regex((await behest(data, ['enrol-token', '--site', 'Reception'])).stdout.toString(), /^behest1\.[\w-]+\n$/);
});

test.serial('every command has its help', async (t) => {
  for (const command of ['', 'start', 'agents', 'run', 'exec', 'shell', 'directives', 'primitives', 'enrol-token', 'invite', 'policy', 'resync', 'audit-log']) {
    const help = await behest(data, [...command.split(' ').filter(Boolean), '--help']);
    t.is(help.code, 0, command);
    t.regex(help.stdout.toString(), /^Usage: behest/);
  }
});

test.serial('a profile that is not there is said', async (t) => {
  const refused = await behest(join(data, 'elsewhere'), ['agents']);
  t.is(refused.code, 1);
  t.regex(refused.stderr, /^error\[no-profile\]/);
});
