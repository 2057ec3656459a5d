import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { findTree } from '../../agent/execution/process-tree.ts';
import { limits } from '../../protocol/limits.ts';
import { makeWorkshop, newId, until } from '../execution/support.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const { run, executor } = makeWorkshop();
test.after.always(() => executor.stop());

const get = async (reference: Record<string, unknown>) => {
  const { ending } = await run('variable.get', reference);
  return ending.status === 'succeeded' ? Object(ending.result).value : ending.code;
};

test('a file gives its text, without the line breaks at its end unless they are wanted', async (t) => {
  const path = join(await temporaryFolder(t), 'version');
  writeFileSync(path, 'line 1\nüber\n\n');
  t.is(await get({ from: 'file', of: path }), 'line 1\nüber');
  t.is(await get({ from: 'file', of: path, keepEnd: true }), 'line 1\nüber\n\n');
});

test('a file that says it has no size is read whole', async (t) => {
  t.regex(await get({ from: 'file', of: '/proc/self/status' }), /^Name:\t/);
});

test('what is no text file, or none at all, is told apart', async (t) => {
  const folder = await temporaryFolder(t);
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  writeFileSync(join(folder, 'binary'), Uint8Array.of(0xff, 0xfe, 0));
  writeFileSync(join(folder, 'large'), 'x'.repeat(limits.maxVariableBytes + 1));
  t.is(await get({ from: 'file', of: join(folder, 'pipe') }), 'not-a-file');
  t.is(await get({ from: 'file', of: folder }), 'not-a-file');
  t.is(await get({ from: 'file', of: '/dev/zero' }), 'not-a-file');
  t.is(await get({ from: 'file', of: join(folder, 'binary') }), 'not-supported');
  t.is(await get({ from: 'file', of: join(folder, 'large') }), 'not-supported');
  t.is(await get({ from: 'file', of: join(folder, 'absent') }), 'not-found');
  t.is(await get({ from: 'file', of: join(folder, 'binary', 'below') }), 'not-a-directory');
});

test('another value stands in only for what is not there', async (t) => {
  t.is(await get({ from: 'file', of: '/nonexistent', otherwise: 'none' }), 'none');
  t.is(await get({ from: 'environment', of: 'NO_SUCH_VARIABLE', otherwise: '' }), '');
  t.is(await get({ from: 'file', of: '/', otherwise: 'none' }), 'not-a-file');
});

test('directories, the environment and commands are looked up', async (t) => {
  t.is(await get({ from: 'directory', of: 'temporary' }), tmpdir());
  t.is(await get({ from: 'directory', of: 'logs' }), '/var/log');
  t.is(await get({ from: 'directory', of: 'nowhere' }), 'params-invalid');
  t.is(await get({ from: 'environment', of: 'PATH' }), process.env['PATH']);
  t.is(await get({ from: 'environment', of: 'NO_SUCH_VARIABLE' }), 'not-found');
  t.is(await get({ from: 'command', of: 'echo one; echo two >&2; printf "two\\n\\n"' }), 'one\ntwo');
  t.is(await get({ from: 'command', of: 'exit 3' }), 'tool-failed');
  t.is(await get({ from: 'registry', of: 'HKLM\\Software' }), 'not-on-this-platform');
});

test('a command that writes without end is ended', async (t) => {
  t.is(await get({ from: 'command', of: 'yes' }), 'not-supported');
});

test('when it is cancelled, nothing that the command started is left', async (t) => {
  const id = newId();
  const ended = run('variable.get', { from: 'command', of: "(trap '' TERM; sleep 300) & sleep 300" }, { id, timeoutMs: 90_000 });
  await until(() => findTree({ directiveIds: [id] }).length >= 2, 'the shells to have begun');
  t.true(executor.cancel(id));
  t.is((await ended).ending.status, 'cancelled');
  t.deepEqual(findTree({ directiveIds: [id] }), []);
});

