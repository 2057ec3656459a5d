/**
 * What the Windows halves make of what Windows says: recorded outputs, and texts of all kinds.
 */
import { array, assert, configureGlobal, constantFrom, property } from 'fast-check';
import test from 'ava';
import { parsePairs } from '../../agent/execution/windows-processes.ts';
import { descendants } from '../../agent/execution/windows-tree.ts';
import { filterOf, pageOf } from '../../agent/primitives/event-log/windows.ts';
import { parseLines, quoted } from '../../agent/primitives/powershell.ts';
import { parseRows, parseWmic } from '../../agent/primitives/process/windows.ts';
import { parseStates } from '../../agent/primitives/service/windows.ts';
import { shellProgram } from '../../agent/primitives/shell/execute.ts';
import { argumentsFor } from '../../agent/primitives/system/windows.ts';
import { windowsFile } from '../../agent/primitives/windows-command.ts';
import { Type } from 'typebox';

const seed = Number(process.env['BEHEST_SEED'] ?? Date.now() % 1_000_000);
configureGlobal({ seed });

test('services: the states of sc.exe are read by their numbers, in English, in German and as Wine says them', (t) => {
  const english = '\r\nSERVICE_NAME: Appinfo\r\nDISPLAY_NAME: Application Information\r\n        TYPE               : 30  WIN32  \r\n        STATE              : 4  RUNNING \r\n                                (STOPPABLE, NOT_PAUSABLE, IGNORES_SHUTDOWN)\r\n        WIN32_EXIT_CODE    : 0  (0x0)\r\n        SERVICE_EXIT_CODE  : 0  (0x0)\r\n        CHECKPOINT         : 0x0\r\n        WAIT_HINT          : 0x0\r\n        PID                : 1234\r\n        FLAGS              : \r\n';
  const second = '\r\nSERVICE_NAME: Spooler\r\nDISPLAY_NAME: Druckwarteschlange\r\n        TYPE               : 110  WIN32_OWN_PROCESS  (interactive)\r\n        STATUS             : 1  STOPPED \r\n        WIN32_EXIT_CODE    : 1077  (0x435)\r\n        PID                : 0\r\n        FLAGS              : \r\n';
  t.deepEqual(parseStates(english).get('appinfo'), { state: 'running', pid: 1234 });
  t.is(parseStates(english + second).get('spooler')?.state, 'stopped');
  t.is(parseStates('SERVICE_NAME: Spooler\n        TYPE               : 110  \n        STATE              : 1  STOPPED\n').get('spooler')?.state, 'stopped');
  t.is(parseStates('[SC] EnumQueryServicesStatus:OpenService FAILED 1060:\r\n\r\nThe specified service does not exist.\r\n').size, 0);
});

test('processes: lines of PowerShell and the table of wmic, in UTF-16 or not', (t) => {
  const [row] = parseRows('WARNING: something\r\n[812,4,"svchost.exe","NT AUTHORITY\\\\SYSTEM",60000,10240000,1764050000000,"C:\\\\Windows\\\\svchost.exe -k ü"]\r\n[1,2]\r\n', 1764050600000);
  t.deepEqual(row, { pid: 812, parent: 4, name: 'svchost.exe', user: 'NT AUTHORITY\\SYSTEM', cpuPercent: 10, memoryBytes: 10_240_000, state: 'running', startedAtMs: 1764050000000, commandLine: 'C:\\Windows\\svchost.exe -k ü' });
  const table = 'Name                 ParentProcessId  ProcessId  \r\r\nSystem Idle Process  0                0          \r\r\nnode.exe             4                88         \r\r\n';
  t.deepEqual(parseWmic(table).map(({ name, parent, pid }) => [name, parent, pid]), [['System Idle Process', 0, 0], ['node.exe', 4, 88]]);
  t.deepEqual(parsePairs(Buffer.from('\ufeffParentProcessID ProcessID \r\n40              56        \r\n', 'utf16le')), [{ pid: 56, parent: 40 }]);
});

test('a tree is all below its root, also below those that have ended, and never this process', (t) => {
  const all = [{ pid: 2, parent: 1 }, { pid: 3, parent: 2 }, { pid: 9, parent: 8 }, { pid: process.pid, parent: 1 }, { pid: 0, parent: 0 }];
  t.deepEqual(descendants(all, new Set([1])).map(({ pid }) => pid), [2, 3]);
  t.deepEqual(descendants(all, new Set([8])).map(({ pid }) => pid), [9]);
});

test('events: the question that is put to the log, and its answer', (t) => {
  const asked = filterOf({ source: "Service Control Manager's", level: 'error', sinceMs: 0, cursor: '41', most: 10 });
  t.deepEqual(asked, { ok: true, value: `*[System[Provider[@Name="Service Control Manager's"] and (Level=1 or Level=2) and TimeCreated[@SystemTime>='1970-01-01T00:00:00.000Z'] and EventRecordID>41]]` });
  t.deepEqual(filterOf({ most: 1 }), { ok: true, value: '*' });
  for (const wrong of [{ source: `'"`, most: 1 }, { cursor: '1 or 1=1', most: 1 }]) t.is((filterOf(wrong) as { code?: string }).code, 'params-invalid');
  const said = '[43,1764050001000,2,"Service Control Manager",7031,0,"Der Dienst ü\\r\\nendete"]\r\n[42,1764050000000,0,"MsiInstaller",1033,77,""]\r\n[41,1,4,"x",1,0,""]\r\nbehest: end\r\n';
  const page = pageOf(said, { most: 2 });
  t.deepEqual(page.entries.map(({ cursor, event }) => [cursor, event.level, event.source, event.eventId, event.pid]), [['42', 'information', 'MsiInstaller', '1033', 77], ['43', 'error', 'Service Control Manager', '7031', undefined]]);
  t.deepEqual([page.cursor, page.truncated], ['43', true]);
  t.is(pageOf('', { cursor: '9', most: 2 }).cursor, '9');
});

test('shutdown.exe is asked for seconds, with the notice as one argument', (t) => {
  t.deepEqual(argumentsFor({ what: 'reboot', atMs: 90_000, notice: 'Save your "work" & go' }, 0), ['/r', '/t', '90', '/c', 'Save your "work" & go', '/d', 'p:0:0']);
  t.deepEqual(argumentsFor({ what: 'shut down', atMs: 0, notice: '' }, 5000), ['/s', '/t', '1', '/d', 'p:0:0']);
});

test('a command goes to each shell as that reads it, and is refused where it would be run in part', (t) => {
  const started = (command: string, shell?: string, platform = 'win32') => {
    const program = shellProgram({ command, ...(shell === undefined ? {} : { shell }) }, platform);
    return program.ok ? [program.value.file, ...program.value.args] : program.code;
  };
  t.deepEqual(started('echo "a" & dir'), ['cmd.exe', '/d', '/s', '/c', '"echo "a" & dir"']);
  t.deepEqual(started('echo a', undefined, 'linux'), ['/bin/sh', '-c', 'echo a']);
  t.deepEqual(started('echo a', 'C:\\Program Files\\Git\\bin\\bash.exe'), ['C:\\Program Files\\Git\\bin\\bash.exe', '-c', 'echo a']);
  const [program, ...args] = started('Get-Date\nGet-Item "ü"', 'PowerShell.exe') as string[];
  t.is(program, 'PowerShell.exe');
  t.is(Buffer.from(args.at(-1) ?? '', 'base64').toString('utf16le'), 'Get-Date\nGet-Item "ü"');
  t.is(started('a\nb'), 'params-invalid');
  t.is(started('x'.repeat(9000)), 'params-invalid');
  t.is(started('x'.repeat(20_000), 'pwsh'), 'params-invalid');
});

test('a file goes to what runs its kind; arguments that cmd.exe would change are refused', (t) => {
  t.deepEqual(windowsFile('C:\\a.exe', ['%X%']), { ok: true, value: { file: 'C:\\a.exe', args: ['%X%'] } });
  t.like(windowsFile('C:\\a b.CMD', ['x & y']), { ok: true, value: { file: 'cmd.exe', args: ['/d', '/s', '/c', '""C:\\a b.CMD" "x & y""'], argsAreVerbatim: true } });
  for (const word of ['"', '%X%', '!x!', 'a\nb']) t.is((windowsFile('C:\\a.bat', [word]) as { code?: string }).code, 'params-invalid', word);
});

test('no text in a script of PowerShell ends its quotation', (t) => {
  t.is(quoted("it's \u2019"), "'it''s \u2019\u2019'");
});

test(`no text makes a reader fail (BEHEST_SEED=${seed})`, (t) => {
  const pieces = constantFrom('SERVICE_NAME: ', 'x', ' : 4  RUNNING', '\r\n', '  ', '[1,2,3]', '"', '{', '\0', '12', 'PID : 7', 'ü');
  assert(property(array(pieces, { maxLength: 40 }).map((list) => list.join('')), (text) => {
    parseStates(text);
    parseRows(text, 0);
    parseWmic(text);
    parsePairs(Buffer.from(text));
    parseLines(text, Type.Integer());
    return true;
  }));
  t.pass();
});
