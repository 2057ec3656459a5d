import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';

/** A checkout with a false npm that says how it was called and lays a folder down. */
function checkout(t: { teardown(task: () => void): void }) {
  const folder = mkdtempSync(join(tmpdir(), 'behest-prepare-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  for (const path of ['.ci', 'agent', 'bin', 'console/terminal']) mkdirSync(join(folder, path), { recursive: true });
  for (const path of ['.ci/prepare.mjs', 'agent/bundle.mjs']) copyFileSync(path, join(folder, path));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ bin: { behest: 'console/terminal/main.ts' } }));
  writeFileSync(join(folder, 'package-lock.json'), '{"lockfileVersion":3}');
  writeFileSync(join(folder, 'console/terminal/main.ts'), '#!/usr/bin/env node\n');
  const npm = join(folder, 'bin/npm');
  writeFileSync(npm, '#!/bin/sh\necho "$@" >> calls\nmkdir -p node_modules/.bin\nexit ${NPM_EXIT:-0}\n');
  chmodSync(npm, 0o755);
  const prepare = (environment = {}) =>
    spawnSync(process.execPath, ['.ci/prepare.mjs'], { cwd: folder, encoding: 'utf8', env: { ...process.env, PATH: `${join(folder, 'bin')}:/usr/bin:/bin`, ...environment } });
  const calls = () => (existsSync(join(folder, 'calls')) ? readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n') : []);
  return { folder, prepare, calls };
}

test('it installs once, and again only when the lock file changed', (t) => {
  const { folder, prepare, calls } = checkout(t);
  t.is(prepare().status, 0);
  t.is(prepare().status, 0);
  t.deepEqual(calls(), ['ci --no-audit --no-fund --loglevel error']);
  writeFileSync(join(folder, 'package-lock.json'), '{"lockfileVersion":3,"x":1}');
  t.is(prepare().status, 0);
  t.is(calls().length, 2);
});

test('a failed installation is a failure and is tried again', (t) => {
  const { prepare, calls } = checkout(t);
  t.is(prepare({ NPM_EXIT: '1' }).status, 1);
  t.is(prepare().status, 0);
  t.is(calls().length, 2);
});

test('the programs of the checkout stand where npx looks, ready to run', (t) => {
  const { folder, prepare } = checkout(t);
  prepare();
  t.is(spawnSync('test', ['-x', join(folder, 'node_modules/.bin/behest')]).status, 0);
});

test('nothing of it goes to standard output', (t) => {
  const { prepare } = checkout(t);
  t.is(prepare().stdout, '');
});
