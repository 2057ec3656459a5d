/**
 * Runs before `npm start`, `npm test` and `npm run bench`, on whatever Node the machine has and with nothing installed:
 * plain JavaScript, no dependencies. Installs what the lock file names and builds the browser's console, each only when
 * it is not what it should be.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const checkout = join(dirname(fileURLToPath(import.meta.url)), '..');
const modules = join(checkout, 'node_modules');

// A linked folder belongs to another checkout, which looks after it.
if (!isLink(modules)) {
  install();
  linkPrograms();
}
buildConsole();

function isLink(path) {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}

function install() {
  const wanted = digest([readFileSync(join(checkout, 'package-lock.json'))]);
  const stamp = join(modules, '.behest-stamp');
  if (stampIs(stamp, wanted)) return;
  say('installing what package-lock.json names');
  // Not `npm ci`: it refuses a lock file that was written where packages of other platforms cannot be had.
  run('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel', 'error']);
  writeFileSync(stamp, wanted);
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
  const sources = [web, join(checkout, 'console', 'client'), join(checkout, 'protocol'), join(checkout, 'package-lock.json')];
  const wanted = digest(sources.flatMap(contentsOf));
  const built = join(checkout, 'dist', 'web');
  const stamp = join(built, '.behest-stamp');
  if (stampIs(stamp, wanted)) return;
  say('building the browser console');
  run(join(modules, '.bin', 'node'), [join(modules, 'vite', 'bin', 'vite.js'), 'build', web, '--logLevel', 'error']);
  mkdirSync(built, { recursive: true });
  writeFileSync(stamp, wanted);
}

/** Path and bytes of every file below, in a fixed order. */
function contentsOf(path) {
  if (!statSync(path).isDirectory()) return [path, readFileSync(path)];
  return readdirSync(path).sort().filter((name) => name !== 'node_modules').flatMap((name) => contentsOf(join(path, name)));
}

function digest(parts) {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex');
}

function stampIs(path, wanted) {
  return existsSync(path) && readFileSync(path, 'utf8') === wanted;
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
