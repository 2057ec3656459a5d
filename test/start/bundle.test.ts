import { spawnSync } from 'node:child_process';
import { appendFileSync, copyFileSync, cpSync, readFileSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { temporaryFolder } from '../support/temporary-folder.ts';

const sources = ['agent', 'protocol', 'transports', 'certs', 'disk'];

/** A checkout of its own with the agent's sources. */
async function checkout(t: ExecutionContext) {
  const folder = await temporaryFolder(t);
  for (const name of sources) cpSync(name, join(folder, name), { recursive: true });
  for (const name of ['package.json', 'package-lock.json']) copyFileSync(name, join(folder, name));
  symlinkSync(join(process.cwd(), 'node_modules'), join(folder, 'node_modules'));
  const bundle = (call: string): string => {
    const module = JSON.stringify(pathToFileURL(join(folder, 'agent/bundle.mjs')).href);
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', `const bundle = await import(${module}); ${call}`], { encoding: 'utf8' });
    t.is(stderr, '');
    return stdout.trim();
  };
  return { folder, bundle, make: () => bundle("await bundle.ensureBundle(() => console.log('made'))"), program: () => bundle('console.log(bundle.programAddress())') };
}

test('the bundle is started while it is what the sources say, and the sources otherwise', async (t) => {
  const { folder, make, program } = await checkout(t);
  const addressOf = (path: string): string => pathToFileURL(join(folder, path)).href;
  t.is(program(), addressOf('agent/main.ts'));
  t.is(make(), 'made');
  t.is(make(), '');
  t.is(program(), addressOf('dist/agent/main.js'));
  appendFileSync(join(folder, 'protocol/limits.ts'), '// changed\n');
  t.is(program(), addressOf('agent/main.ts'));
  t.is(make(), 'made');
  t.is(program(), addressOf('dist/agent/main.js'));
});

test('the bundle is no more than 2 MB and holds everything that is reached by its address', async (t) => {
  const { folder, make } = await checkout(t);
  make();
  const all = readdirSync(join(folder, 'dist/agent'));
  const files = all.filter((name) => name.endsWith('.js'));
  const bytes = files.reduce((sum, name) => sum + statSync(join(folder, 'dist/agent', name)).size, 0);
  t.true(bytes < 2 * 1024 * 1024, String(bytes));
  const text = files.map((name) => readFileSync(join(folder, 'dist/agent', name), 'utf8')).join('\n');
  const reached = [...text.matchAll(/new URL\(["'`]([^"'`]+)["'`], ?import\.meta\.url\)/g)].map(([, address = '']) => address.replace(/\$\{\w+\}/, 'linux'));
  t.deepEqual(reached.sort(), ['./pac-worker.js', './primitives-linux.json', './registry.js', './spawner.js', './worker.js']);
  t.deepEqual(reached.filter((address) => !all.includes(address.slice(2))), []);
});

test('the agent is the process that was started, with the flags of a service', async (t) => {
  const { folder } = await checkout(t);
  const tell = 'console.log(JSON.stringify({ pid: process.pid, flags: process.execArgv, args: process.argv.slice(2), arenas: process.env.MALLOC_ARENA_MAX }))';
  writeFileSync(join(folder, 'agent/main.ts'), tell);
  const launched = spawnSync(process.execPath, [join(folder, 'agent/launch.mjs'), 'run', '--data', 'a folder'], { encoding: 'utf8' });
  const told = JSON.parse(launched.stdout) as { pid: number; flags: string[]; args: string[]; arenas: string };
  t.is(told.pid, launched.pid);
  t.true(told.flags.includes('--expose-gc'));
  t.deepEqual(told.args, ['run', '--data', 'a folder']);
  t.is(told.arenas, '1');
});
