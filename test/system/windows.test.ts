/**
 * The agent as a program of Windows, under Wine, enrolled with an intermediary of this side. All tests share it.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
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

windows('it says what it is and has, and gives an echo back', async (t, _wine, house) => {
  t.is(house.machine?.facts?.platform, 'win32');
  t.regex(house.machine?.facts?.osName ?? '', /^Microsoft Windows|^Windows/);
  t.deepEqual((await carryOutOn(house, 'agent.echo', { text: 'ü\u{1f600}' })).report.result, { text: 'ü\u{1f600}' });
  t.is((await carryOutOn(house, 'system.information', { parts: ['memory'] })).report.status, 'succeeded');
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

windows('files are written, found, moved and deleted, within a root too, with either separator', async (t, wine, house) => {
  mkdirSync(wine.unixPath('C:\\files\\inner'), { recursive: true });
  const on = async (primitive: string, params: Record<string, unknown>) => (await carryOutOn(house, primitive, params)).report;
  const root = 'C:\\files';
  for (const path of ['C:\\files\\inner\\a.txt', 'C:/files/inner/b.txt', 'C:\\files\\made\\c.txt']) t.is((await on('file.write', { path, root, text: path, makeParents: true })).code ?? 'written', 'written', path);
  t.is(readFileSync(wine.unixPath('C:\\files\\inner\\a.txt'), 'utf8'), 'C:\\files\\inner\\a.txt');
  t.like((await on('file.properties', { path: 'C:\\files\\inner\\a.txt' })).result, { name: 'a.txt', kind: 'file' });
  t.like((await on('file.list', { path: 'C:\\files\\inner' })).result, { entries: [{ name: 'a.txt' }, { name: 'b.txt' }], total: 2 });
  t.deepEqual(Object((await on('file.search', { path: root, name: '*.txt', text: 'made' })).result).matches.map(({ path }: { path: string }) => path), ['C:/files/made/c.txt']);
  t.is((await on('file.move', { path: 'C:\\files\\inner\\a.txt', to: 'C:\\files\\d.txt', root })).status, 'succeeded');
  t.is((await on('file.copy', { path: 'C:\\files\\d.txt', to: 'C:\\files\\e.txt' })).status, 'succeeded');
  for (const path of ['C:\\windows\\win.ini', 'C:\\files\\..\\windows\\win.ini', 'C:/files\\..\\windows/win.ini']) t.is((await on('file.read', { path, root })).code, 'outside-root', path);
  t.is((await on('file.delete', { path: 'C:\\', recursive: false })).code, 'not-permitted');
  t.is((await on('file.delete', { path: root, recursive: true })).status, 'succeeded');
  t.false(existsSync(wine.unixPath(root)));
  t.deepEqual(readdirSync(wine.unixPath('C:\\')).filter((name) => name.startsWith('.behest')), []);
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

const key = 'HKCU\\Software\\Behest Test';

windows('registry: values of every type are set, read, listed and deleted', async (t, _wine, house) => {
  const given = [
    ['', 'REG_SZ', 'the default'], ['a name  with spaces', 'REG_SZ', 'ü \u{1f600} "quoted" %OS% \\'], ['back\\slash "q"', 'REG_EXPAND_SZ', '%OS%\\x'], ['Ωλ', 'REG_MULTI_SZ', 'one\ntwo words\nü'],
    ['lines', 'REG_SZ', 'a\r\nb\n    fake    REG_SZ    x'], ['dword', 'REG_DWORD', '4294967295'], ['qword', 'REG_QWORD', '18446744073709551615'], ['bytes', 'REG_BINARY', '00ff10'.repeat(40)], ['none', 'REG_NONE', ''], ['empty', 'REG_SZ', ''],
  ] as const;
  for (const [name, type, data] of given) {
    const set = await carryOutOn(house, 'registry.set-value', { key, name, type, data });
    t.deepEqual([set.report.status, set.report.result], ['succeeded', { name, type, data }], set.report.detail);
  }
  t.deepEqual((await carryOutOn(house, 'registry.get-value', { key: 'HKEY_CURRENT_USER\\software\\BEHEST test\\', name: 'BACK\\slash "q"' })).report.result, { name: 'back\\slash "q"', type: 'REG_EXPAND_SZ', data: '%OS%\\x' });
  t.deepEqual((await carryOutOn(house, 'registry.get-value', { key })).report.result, { name: '', type: 'REG_SZ', data: 'the default' });
  const listed = (await carryOutOn(house, 'registry.list-values', { key })).report.result as { values: { name: string }[]; truncated: boolean };
  t.deepEqual(listed.values, given.map(([name, type, data]) => ({ name, type, data })).toSorted((left, right) => (left.name < right.name ? -1 : 1)));
  t.deepEqual((await carryOutOn(house, 'registry.delete-value', { key, name: 'dword' })).report.result, { name: 'dword', type: 'REG_DWORD', data: '4294967295' });
  t.is((await carryOutOn(house, 'registry.get-value', { key, name: 'dword' })).report.code, 'not-found');
  t.is((await carryOutOn(house, 'registry.delete-value', { key, name: 'dword' })).report.code, 'not-found');
  t.is((await carryOutOn(house, 'registry.set-value', { key, type: 'REG_DWORD', data: 'seven' })).report.code, 'params-invalid');
});

windows('registry: keys are made, listed with any name, told apart by view, and deleted with all below', async (t, wine, house) => {
  for (const name of ['plain', 'Ω日 key&x', 'deep\\er']) t.is((await carryOutOn(house, 'registry.create-key', { key: `${key}\\${name}` })).report.status, 'succeeded');
  const listed = (await carryOutOn(house, 'registry.list-keys', { key })).report.result as { keys: string[] };
  t.deepEqual(listed.keys.toSorted(), ['deep', 'plain', 'Ω日 key&x']);
  t.is((await carryOutOn(house, 'registry.list-keys', { key: `${key}\\no such` })).report.code, 'not-found');
  t.is((await carryOutOn(house, 'registry.list-keys', { key: 'HKXX\\a' })).report.code, 'params-invalid');
  const machineKey = 'HKLM\\Software\\Behest Test';
  for (const view of ['64', '32']) await carryOutOn(house, 'registry.set-value', { key: machineKey, view, name: 'view', type: 'REG_SZ', data: view });
  for (const view of ['64', '32']) t.like((await carryOutOn(house, 'registry.get-value', { key: machineKey, view, name: 'view' })).report.result, { data: view });
  t.regex(wine.run('reg.exe', ['query', 'HKLM\\Software\\Wow6432Node\\Behest Test']).stdout, /view {4}REG_SZ {4}32/);
  t.is((await carryOutOn(house, 'registry.delete-key', { key })).report.status, 'succeeded');
  t.is((await carryOutOn(house, 'registry.list-keys', { key })).report.code, 'not-found');
  t.is((await carryOutOn(house, 'registry.delete-key', { key: 'HKLM' })).report.code, 'not-permitted');
});

windows('registry: of a key with much below it only the key itself is read', async (t, wine, house) => {
  const large = 'HKCU\\Software\\Behest Large';
  const below = Array.from({ length: 1500 }, (_, index) => `[HKEY_CURRENT_USER\\Software\\Behest Large\\${index}]\r\n"x"=hex:${'00,'.repeat(1999)}00\r\n`);
  const file = `Windows Registry Editor Version 5.00\r\n\r\n[HKEY_CURRENT_USER\\Software\\Behest Large]\r\n"own"="here"\r\n\r\n${below.join('\r\n')}`;
  writeFileSync(wine.unixPath('C:\\large.reg'), Buffer.from(`\ufeff${file}`, 'utf16le'));
  t.is(wine.run('reg.exe', ['import', 'C:\\large.reg']).status, 0);
  t.deepEqual((await carryOutOn(house, 'registry.list-values', { key: large })).report.result, { values: [{ name: 'own', type: 'REG_SZ', data: 'here' }], truncated: false });
  t.is(((await carryOutOn(house, 'registry.list-keys', { key: large, most: 10_000 })).report.result as { keys: string[] }).keys.length, 1500);
});

windows('service: listed, looked at, started and stopped', async (t, wine, house) => {
  const listed = (await carryOutOn(house, 'service.list', {})).report.result as { services: { name: string; state: string; start: string; description: string }[] };
  const spooler = listed.services.find(({ name }) => name === 'Spooler');
  t.like(spooler, { start: 'manual', state: 'stopped' });
  t.is(listed.services.find(({ name }) => /^eventlog$/i.test(name))?.state, 'running');
  t.like((await carryOutOn(house, 'service.start', { service: 'Spooler' })).report.result, { before: 'stopped', after: 'running' });
  t.regex(wine.run('sc.exe', ['query', 'Spooler']).stdout, /RUNNING/);
  t.like((await carryOutOn(house, 'service.properties', { service: 'spooler' })).report.result, { state: 'running', user: 'LocalSystem', commandLine: 'C:\\windows\\system32\\spoolsv.exe' });
  t.like((await carryOutOn(house, 'service.restart', { service: 'Spooler' })).report.result, { before: 'running', after: 'running' });
  t.like((await carryOutOn(house, 'service.stop', { service: 'Spooler' })).report.result, { before: 'running', after: 'stopped' });
  t.is((await carryOutOn(house, 'service.start', { service: 'no-such' })).report.code, 'not-found');
});

windows('process: found by name, listed, and closed by force where it has no window to ask', async (t, wine, house) => {
  let closing: ReturnType<typeof carryOutOn> | undefined;
  const pinging = carryOutOn(house, 'shell.execute', { command: 'echo begun & ping -n 300 127.0.0.1 >NUL' }, {
    spoke: () => void (closing = eventually(() => pings(wine) === 1, 60_000).then(() => carryOutOn(house, 'process.close', { process: 'ping.exe', graceSeconds: 1 }))),
  });
  await eventually(() => closing !== undefined, 60_000);
  const { report } = await (closing ?? pinging);
  t.like(report.result, { processes: [{ name: 'ping.exe', ended: 'by force' }], truncated: false }, report.detail);
  await pinging;
  t.like((await carryOutOn(house, 'process.is-running', { process: 'PING.EXE' })).report.result, { running: false, count: 0 });
  const listed = (await carryOutOn(house, 'process.list', {})).report.result as { processes: { name: string }[] };
  t.true(listed.processes.some(({ name }) => name === 'services.exe'));
});

windows('disk: each drive with its room, and what takes it in a directory', async (t, wine, house) => {
  mkdirSync(wine.unixPath('C:\\room\\much'), { recursive: true });
  writeFileSync(wine.unixPath('C:\\room\\much\\file'), Buffer.alloc(100_000));
  const { report } = await carryOutOn(house, 'disk.usage', { path: 'C:\\room' });
  const result = report.result as { fileSystems: { path: string; sizeBytes: number }[]; contents: { usedBytes: number }[] };
  t.true((result.fileSystems.find(({ path }) => path === 'C:\\')?.sizeBytes ?? 0) > 1_000_000, report.detail);
  t.true((result.contents[0]?.usedBytes ?? 0) >= 100_000);
});

windows('what Wine only pretends to have is told apart from an empty answer', async (t, _wine, house) => {
  t.is((await carryOutOn(house, 'event-log.read', {})).report.code, 'tool-failed', 'its PowerShell says nothing and ends with 0');
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
