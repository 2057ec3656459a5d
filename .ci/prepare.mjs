/**
 * Runs before `npm start`, `npm test` and `npm run bench`, on whatever Node the machine has and with nothing installed:
 * plain JavaScript, no dependencies. Installs what the lock file names, builds the browser's console and bundles the agent,
 * each only when it is not what it should be.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, lstatSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { digestOf, ensureBundle, isStamped, stamp } from '../agent/bundle.mjs';

const checkout = join(dirname(fileURLToPath(import.meta.url)), '..');
const modules = join(checkout, 'node_modules');

// A linked folder belongs to another checkout, which looks after it.
if (!isLink(modules)) {
  install();
  linkPrograms();
}
buildConsole();
await bundleAgent();

function isLink(path) {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}

function install() {
  const wanted = digestOf(['package-lock.json']);
  if (isStamped(modules, wanted)) return;
  say('installing what package-lock.json names');
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel', 'error']);
  stamp(modules, wanted);
}

/** So that `npx behest` finds the programs of this checkout at once. */
function linkPrograms() {
  const { bin } = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8'));
  for (const [name, path] of Object.entries(bin)) {
    const link = join(modules, '.bin', name);
    if (existsSync(link) || !existsSync(join(checkout, path))) continue;
    rmSync(link, { force: true });
    chmodSync(join(checkout, path), 0o755);
    symlinkSync(join('..', '..', path), link);
  }
}

function buildConsole() {
  const web = join(checkout, 'console', 'web');
  if (!existsSync(join(web, 'index.html'))) return say('console/web is not there: the browser console is left out');
  const wanted = digestOf(['console/web', 'console/client', 'protocol', 'package-lock.json']);
  const built = join(checkout, 'dist', 'web');
  if (isStamped(built, wanted)) return;
  say('building the browser console');
  run(join(modules, '.bin', 'node'), [join(modules, 'vite', 'bin', 'vite.js'), 'build', web, '--logLevel', 'error']);
  stamp(built, wanted);
}

async function bundleAgent() {
  if (!existsSync(join(checkout, 'agent', 'main.ts'))) return say('agent/main.ts is not there: the agent is not bundled');
  try {
    await ensureBundle(() => say('bundling the agent'));
  } catch (error) {
    say(`the agent could not be bundled: ${error.message}`);
    process.exit(1);
  }
}

/** Its output goes to standard error: standard output belongs to the command that follows. */
function run(program, args) {
  const { status, error } = spawnSync(program, args, { cwd: checkout, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' });
  if (status === 0) return;
  say(`${program} ${args[0]} failed${error ? `: ${error.message}` : ''}`);
  process.exit(1);
}

function say(text) {
  process.stderr.write(`prepare: ${text}\n`);
}
