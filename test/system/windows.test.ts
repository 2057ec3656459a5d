/**
 * The agent as a program of Windows, under Wine, enrolled with an intermediary of this side. All tests share it.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { cancelDirective } from '../../console/client/directives.ts';
import { sameBytes } from '../../protocol/bytes.ts';
import { behest, eventually } from '../support/behest.ts';
import { carryOutOn } from '../support/carry-out-on.ts';
import { House } from '../support/house.ts';
import { missing } from '../support/needs.ts';
import { bundleAgent } from '../support/other-nodes.ts';
import { Wine, windowsPath } from '../support/wine.ts';

const ending: (() => void | Promise<void>)[] = [];
const owner = { teardown: (task: () => void | Promise<void>) => void ending.unshift(task) };
/** Absent where there is no Wine: then every test says so. */
let shared: { readonly wine: Wine; readonly house: House } | undefined;

test.before(async (t) => {
  t.timeout(240_000);
  if (missing('wine')) return;
  bundleAgent();
  const wine = await Wine.make(owner);
  const house = await House.build(owner, undefined, (_path, enrol) => wine.startAgent(['run', '--data', 'C:\\behest', '--json', ...enrol]));
  shared = { wine, house };
});
test.after.always(async () => {
  for (const task of ending) await task();
});

function windows(name: string, body: (t: ExecutionContext, wine: Wine, house: House) => Promise<void>): void {
  test.serial(name, async (t) => {
    t.timeout(240_000);
    if (shared !== undefined) return body(t, shared.wine, shared.house);
    const line = 'skipped, since this machine has no wine';
    if (process.env['CI'] === 'true') t.fail(line);
    else t.pass(line);
  });
}

/** Runs two pings that would go on for minutes, one of them below another shell. */
const tree = 'echo begun & start /b cmd /c ping -n 300 127.0.0.1 >NUL & ping -n 300 127.0.0.1 >NUL';

function pings(wine: Wine): number {
  return wine.programs().filter((name) => name === 'ping.exe').length;
}

function bothRun(wine: Wine): Promise<void> {
  return eventually(() => pings(wine) === 2, 60_000);
}

windows('it says what it is, and gives an echo back', async (t, _wine, house) => {
  t.is(house.machine?.facts?.platform, 'win32');
  t.regex(house.machine?.facts?.osName ?? '', /^Microsoft Windows|^Windows/);
  t.deepEqual((await carryOutOn(house, 'agent.echo', { text: 'ü\u{1f600}' })).report.result, { text: 'ü\u{1f600}' });
});

windows('a command runs in cmd.exe with its quotes, pipes and variables, and its exit code is told', async (t, _wine, house) => {
  const said = await carryOutOn(house, 'shell.execute', { command: 'echo "a  b" %OS% %GREETING%| find "a" & echo wrong>&2 & exit 3', environment: { GREETING: 'hello' } });
  t.deepEqual([said.report.status, said.report.code, said.report.result], ['failed', 'exit-nonzero', { exitCode: 3, signal: null }]);
  t.regex(said.stdout, /"a {2}b" Windows_NT hello/);
  t.regex(said.stderr, /wrong/);
  const lines = await carryOutOn(house, 'shell.execute', { command: 'echo a\necho b' });
  t.is(lines.report.code, 'params-invalid');
});

windows('a program gets its arguments as they are, its directory, its input, and nothing of what is not there', async (t, wine, house) => {
  const args = ['a b', '', '"quoted"', '%OS%', 'c:\\x\\', '\\"', 'ü', '&|<>^'];
  const told = await carryOutOn(house, 'process.execute', { program: wine.node, args: ['-p', 'JSON.stringify([process.argv.slice(1), process.cwd(), require("fs").readFileSync(0, "utf8")])', ...args], workingDirectory: 'C:\\windows', stdin: 'in' });
  t.deepEqual(JSON.parse(told.stdout), [args, 'C:\\windows', 'in']);
  t.is((await carryOutOn(house, 'process.execute', { program: 'no-such-program' })).report.code, 'not-found');
  t.is((await carryOutOn(house, 'process.execute', { program: 'cmd.exe', workingDirectory: 'C:\\no such place' })).report.code, 'not-found');
});

windows('a file runs by what runs files of its kind: a program, a script of cmd.exe; what is neither is said to be none', async (t, wine, house) => {
  t.regex((await carryOutOn(house, 'file.execute', { path: 'C:\\windows\\system32\\hostname.exe' })).stdout, /\S/);
  mkdirSync(wine.unixPath('C:\\a folder'));
  writeFileSync(wine.unixPath('C:\\a folder\\say.cmd'), '@echo [%1] [%2]\r\n@exit /b 4\r\n');
  const said = await carryOutOn(house, 'file.execute', { path: 'C:\\a folder\\say.cmd', args: ['x & y'] });
  t.is(said.stdout.trim(), '["x & y"] []');
  t.deepEqual(said.report.result, { exitCode: 4, signal: null });
  t.is((await carryOutOn(house, 'file.execute', { path: 'C:\\a folder\\say.cmd', args: ['%PATH%'] })).report.code, 'params-invalid');
  t.is((await carryOutOn(house, 'file.execute', { path: 'C:\\windows\\win.ini' })).report.code, 'not-a-file');
  t.is((await carryOutOn(house, 'file.execute', { path: 'C:\\windows' })).report.code, 'not-a-file');
  t.is((await carryOutOn(house, 'file.execute', { path: 'C:\\nothing.exe' })).report.code, 'not-found');
});

windows('a live program takes two megabytes and gives them back, and its exit code', async (t, wine, house) => {
  const bytes = randomBytes(2_000_000);
  const script = windowsPath(join(import.meta.dirname, '../support/echo-input.mjs'));
  const live = await behest(house.path, ['exec', house.machine?.name ?? '', '--', wine.node, script], bytes);
  t.is(live.code, 7, live.stderr);
  t.true(sameBytes(live.stdout, bytes));
  t.regex(live.stderr, /all read/);
});

windows('a cancelled directive ends with everything that it started', async (t, wine, house) => {
  const { desk } = house.connection;
  const { report } = await carryOutOn(house, 'shell.execute', { command: tree }, { spoke: (id) => void bothRun(wine).then(() => cancelDirective(desk, id)) });
  t.is(report.status, 'cancelled');
  t.is(pings(wine), 0);
});

windows('so does one past its time', async (t, wine, house) => {
  const { report } = await carryOutOn(house, 'shell.execute', { command: tree }, { timeoutMs: 2500 });
  t.is(report.code, 'time-limit');
  t.is(pings(wine), 0);
});

windows('an agent that is killed in the middle says so when it is back, and leaves nothing running', async (t, wine, house) => {
  const { report } = await carryOutOn(house, 'shell.execute', { command: tree }, { spoke: () => void bothRun(wine).then(() => house.killAgent()) });
  t.is(report.status, 'interrupted');
  await eventually(() => pings(wine) === 0, 60_000);
  await eventually(() => house.machine?.online === true, 60_000);
  t.is((await carryOutOn(house, 'agent.echo', { text: 'back' })).report.status, 'succeeded');
});

windows('the proxies of the real registry are found', async (t, wine) => {
  const place = 'HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings';
  for (const [value, type, data] of [['ProxyEnable', 'REG_DWORD', '1'], ['ProxyServer', 'REG_SZ', 'http=a.example:80;https=b.example:8443'], ['ProxyOverride', 'REG_SZ', '*.inside.example;<local>'], ['AutoConfigURL', 'REG_SZ', 'http://pac.example/proxy.pac']] as const) {
    t.is(wine.run('reg.exe', ['add', place, '/v', value, '/t', type, '/d', data, '/f']).status, 0);
  }
  const found: unknown[] = JSON.parse(await wine.runModule(join(import.meta.dirname, '../support/windows-proxies.ts')));
  t.like(found[0], { kind: 'pac', url: 'http://pac.example/proxy.pac' });
  t.like(found[1], { kind: 'proxy', foundBy: 'Windows HKCU ProxyServer', proxy: { host: 'b.example', port: 8443 }, bypass: ['*.inside.example', '<local>'] });
});

windows('its status is told by a second start', async (t, wine) => {
  t.is(JSON.parse(readFileSync(wine.unixPath('C:\\behest\\status.json'), 'utf8')).state, 'connected');
  const shown = wine.startAgent(['status', '--data', 'C:\\behest', '--json']);
  t.is(await shown.exit, 0);
  t.is(JSON.parse(shown.said('stdout')).state, 'connected');
});
