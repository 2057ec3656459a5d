import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { assert, asyncProperty, integer, property, string, stringMatching } from 'fast-check';
import { linuxProcesses, parseStat } from '../../agent/primitives/process/linux.ts';
import type { ProcessRow } from '../../agent/primitives/process/process-table.ts';
import { parseRows, psProcesses } from '../../agent/primitives/process/ps.ts';
import { limits } from '../../protocol/limits.ts';
import { isRunning, makeWorkshop, until } from '../execution/support.ts';
import { folderInMemory, temporaryFolder } from '../support/temporary-folder.ts';

const { run, executor, spawner } = makeWorkshop();
test.after.always(() => executor.stop());

const context = { signal: new AbortController().signal, directiveId: '0'.repeat(32) };

const ask = async (primitive: string, params: Record<string, unknown>) => {
  const { ending } = await run(primitive, params);
  return { code: ending.code ?? ending.status, result: Object(ending.result), rows: (Object(ending.result).processes ?? []) as ProcessRow[] };
};

/** A program of a name of its own: a copy of a shell, since a script's name is that of its shell on some systems. */
async function program(t: ExecutionContext, name: string, script: string): Promise<ChildProcess & { pid: number }> {
  const path = join(await temporaryFolder(t), name);
  copyFileSync('/bin/bash', path);
  const child = spawn(path, ['-c', `${script}`], { stdio: ['ignore', 'pipe', 'ignore'] });
  t.teardown(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return child as ChildProcess & { pid: number };
}

const heeding = 'echo up; while :; do read -t 100 <> <(:); done';
const deaf = `trap '' TERM; ${heeding}`;

test('a process is listed with all that is known of it', async (t) => {
  const child = await program(t, 'behest-listed', 'echo up; while :; do :; done');
  const { code, rows, result } = await ask('process.list', { contains: 'behest-LISTED' });
  t.is(code, 'succeeded');
  const [row] = rows;
  t.is(rows.length, 1);
  t.like(row, { pid: child.pid, parent: process.pid, name: 'behest-listed', user: 'root', state: 'running' });
  t.true(row!.cpuPercent > 1 && row!.cpuPercent < 110, String(row!.cpuPercent));
  t.true(row!.memoryBytes > 500_000);
  t.true(Math.abs(row!.startedAtMs - Date.now()) < 60_000);
  t.regex(row!.commandLine, /behest-listed -c echo up/);
  t.true(result.total > 1 && result.truncated === false);
});

test('the list is in the order that was asked for, and says when it was cut', async (t) => {
  const { rows, result } = await ask('process.list', { sortBy: 'number', most: 2, measureMs: 0 });
  t.deepEqual(rows.map(({ pid }) => pid), [1, ...rows.slice(1).map(({ pid }) => pid)]);
  t.deepEqual([rows.length, result.truncated], [2, true]);
  const memory = (await ask('process.list', { sortBy: 'memory', measureMs: 0 })).rows.map(({ memoryBytes }) => memoryBytes);
  t.deepEqual(memory, memory.toSorted((left, right) => right - left));
});

test('more processes than are looked at are counted, and those looked at fit into a report', async (t) => {
  const folder = await folderInMemory(t);
  const size = 300;
  for (let pid = 1; pid <= size; pid += 1) {
    mkdirSync(join(folder, String(pid)));
    writeFileSync(join(folder, String(pid), 'stat'), `${pid} (many) S 1 ${'0 '.repeat(9)}0 5 5 0 0 20 0 1 0 100 0 0\n`);
    writeFileSync(join(folder, String(pid), 'cmdline'), `many\0${'x'.repeat(100_000)}\0`);
  }
  const listed = await linuxProcesses(folder, 200).list(context, 0);
  t.true(listed.ok);
  if (!listed.ok) return;
  t.deepEqual([listed.value.total, listed.value.rows.length], [size, 200]);
  t.true(listed.value.rows.every(({ commandLine }) => commandLine.length === limits.maxCommandLineCharacters));
});

test('a program is running by its whole name or its number, and not by a part of its name', async (t) => {
  const child = await program(t, 'behest-with-a-long-name', heeding);
  for (const process of ['behest-with-a-long-name', String(child.pid)]) {
    const { result, rows } = await ask('process.is-running', { process });
    t.deepEqual([result.running, result.count, rows[0]?.pid], [true, 1, child.pid]);
  }
  for (const process of ['behest-with-a-l', 'behest', '4194305', '0']) t.false((await ask('process.is-running', { process })).result.running, process);
  child.kill('SIGKILL');
  await once(child, 'exit');
  t.false((await ask('process.is-running', { process: 'behest-with-a-long-name' })).result.running);
});

test('a program that has ended and that its parent has not looked at does not run', async (t) => {
  const parent = spawn('bash', ['-c', 'bash -c "exec -a x sleep 0" & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
  t.teardown(() => parent.kill('SIGKILL'));
  const [said] = await once(parent.stdout, 'data');
  const pid = String(said).trim();
  await until(async () => (await ask('process.list', { measureMs: 0, most: 10_000 })).rows.find((row) => String(row.pid) === pid)?.state === 'ended', 'the child to have ended');
  t.false((await ask('process.is-running', { process: pid })).result.running);
  t.is((await ask('process.close', { process: pid })).code, 'not-found');
});

test('a program that heeds is closed politely', async (t) => {
  const child = await program(t, 'behest-heeding', heeding);
  const { code, rows } = await ask('process.close', { process: 'behest-heeding' });
  t.is(code, 'succeeded');
  t.like(rows, [{ pid: child.pid, name: 'behest-heeding', ended: 'politely' }]);
  t.false(isRunning(child.pid));
});

test('a program that ignores SIGTERM is ended by force, but not when that is not wanted', async (t) => {
  const child = await program(t, 'behest-deaf', deaf);
  const left = await ask('process.close', { process: String(child.pid), graceSeconds: 1, byForce: false });
  t.is(left.code, 'busy');
  t.like(left.rows, [{ ended: 'still running' }]);
  t.true(isRunning(child.pid));
  const ended = await ask('process.close', { process: String(child.pid), graceSeconds: 1 });
  t.is(ended.code, 'succeeded');
  t.like(ended.rows, [{ ended: 'by force' }]);
  t.false(isRunning(child.pid));
});

test('a stopped program is closed too', async (t) => {
  const child = await program(t, 'behest-stopped', heeding);
  child.kill('SIGSTOP');
  await until(async () => (await ask('process.is-running', { process: String(child.pid) })).rows[0]?.state === 'stopped', 'it to stop');
  t.like((await ask('process.close', { process: 'behest-stopped' })).rows, [{ ended: 'politely' }]);
});

test('all of one name are closed, each in its own way', async (t) => {
  const pids = [await program(t, 'behest-many', heeding), await program(t, 'behest-many', deaf)].map(({ pid }) => pid);
  const { rows } = await ask('process.close', { process: 'behest-many', graceSeconds: 1 });
  t.deepEqual(rows.map(({ pid, ...row }) => [pid, Object(row).ended]).sort(), [[pids[0], 'politely'], [pids[1], 'by force']].sort());
});

test('neither the agent nor the first process is closed, whichever way they are named', async (t) => {
  await run('process.execute', { program: 'true' });
  const [keeper] = spawner.pids;
  for (const process_ of ['1', String(process.pid), String(keeper)]) {
    const { code, rows } = await ask('process.close', { process: process_ });
    t.is(code, 'not-permitted', process_);
    t.like(rows, [{ ended: 'spared' }]);
  }
});

test('a number that another process has by now closes nothing', async (t) => {
  const child = await program(t, 'behest-later', heeding);
  t.is((await ask('process.close', { process: String(child.pid), startedAtMs: 1 })).code, 'changed-meanwhile');
  t.true(isRunning(child.pid));
  const [row] = (await ask('process.list', { contains: 'behest-later' })).rows;
  t.is((await ask('process.close', { process: String(child.pid), startedAtMs: row!.startedAtMs })).code, 'succeeded');
});

test('a process that is another one by now does not still run', async (t) => {
  const child = await program(t, 'behest-same', heeding);
  const table = linuxProcesses();
  const listed = await table.list(context, 0);
  const row = listed.ok ? listed.value.rows.find(({ pid }) => pid === child.pid) : undefined;
  t.true(await table.stillRuns(row!, context));
  t.false(await table.stillRuns({ ...row!, startedAtMs: row!.startedAtMs - 10 }, context));
});

test('by ps, as on macOS, the same processes are found', async (t) => {
  const child = await program(t, 'behest-by-ps', heeding);
  const listed = await psProcesses.list(context, 0);
  const row = listed.ok ? listed.value.rows.find(({ pid }) => pid === child.pid) : undefined;
  t.like(row, { parent: process.pid, name: 'behest-by-ps', user: 'root', state: 'sleeping' });
  t.regex(row!.commandLine, /behest-by-ps -c/);
  t.true(await psProcesses.stillRuns(row!, context));
  t.deepEqual(await psProcesses.end(row!, 'by force'), { ok: true, value: undefined });
  await once(child, 'exit');
  t.false(await psProcesses.stillRuns(row!, context));
});

test('a name in /proc may hold anything', (t) => {
  assert(property(string({ maxLength: 15 }), integer({ min: 1, max: 4_194_304 }), integer({ min: 0 }), (name, parent, ticks) => {
    const stat = parseStat(`7 (${name}) S ${parent} 7 7 0 -1 4194304 1 0 0 0 ${ticks} 3 0 0 20 0 1 0 4242 1 1\n`);
    return stat?.name === name && stat.parent === parent && stat.cpuTicks === ticks + 3 && stat.startTicks === 4242;
  }));
  t.is(parseStat(''), undefined);
  t.is(parseStat('7 (x) S 1'), undefined);
});

test('a name that ps gives may hold spaces, and no text breaks the reading', async (t) => {
  await assert(asyncProperty(stringMatching(/^[!-~]([ -~]{0,30}[!-~])?$/), async (name) => {
    const [row] = parseRows(`  812     1   0.3  10240 Ss   Wed Nov 25 06:01:04 2026     _www   /Applications/${name}\n`, `  812 ${name} --flag\n`);
    return row !== undefined && row.pid === 812 && row.name === name.slice(name.lastIndexOf('/') + 1) && row.user === '_www' && row.commandLine === `${name} --flag`;
  }));
  assert(property(string(), (text) => Array.isArray(parseRows(text, text))));
  t.pass();
});
