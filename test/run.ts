/**
 * `npm test`: everything, in the order that finds mistakes cheapest. A part whose program is not installed says so in
 * one line and is skipped; with CI=true that is a failure.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { labNeeds } from './lab/networks.ts';
import { missing } from './support/needs.ts';
import type { Need } from './support/needs.ts';

type Part = { readonly name: string; readonly command: readonly string[]; readonly needs?: readonly Need[] };

const root = join(import.meta.dirname, '..');

const parts: readonly Part[] = [
  { name: 'types', command: ['tsc', '--noEmit'] },
  { name: 'types of the browser console', command: ['tsc', '--noEmit', '-p', 'console/web'] },
  { name: 'lint', command: ['oxlint', '--deny-warnings'] },
  { name: 'units', command: ['ava', ...testFolders((name) => !['system', 'browser', 'lab'].includes(name))] },
  { name: 'system', command: ['ava', '--concurrency=1', 'test/system/**/*.test.ts'] },
  { name: 'lab', command: ['ava', '--concurrency=1', 'test/lab/**/*.test.ts'], needs: labNeeds },
  { name: 'browser', command: ['ava', '--concurrency=1', 'test/browser/**/*.test.ts'], needs: ['chromium'] },
];

process.exitCode = parts.filter(({ name }) => process.argv.length < 3 || process.argv.includes(name)).every(runPart) ? 0 : 1;

function runPart({ name, command, needs = [] }: Part): boolean {
  const absent = needs.filter(missing);
  if (absent.length > 0) {
    console.log(`${name}: skipped, since this machine has no ${absent.join(', ')}`);
    return process.env['CI'] !== 'true';
  }
  console.log(`\n=== ${name}`);
  const [program = '', ...args] = command;
  const started = performance.now();
  const { status } = spawnSync(program, args, { cwd: root, stdio: 'inherit' });
  console.log(`=== ${name}: ${status === 0 ? 'passed' : 'FAILED'} in ${((performance.now() - started) / 1000).toFixed(1)} s`);
  return status === 0;
}

function testFolders(wanted: (name: string) => boolean): string[] {
  return readdirSync(join(root, 'test'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && wanted(entry.name))
    .filter((entry) => readdirSync(join(root, 'test', entry.name)).some((file) => file.endsWith('.test.ts')))
    .map((entry) => `test/${entry.name}/**/*.test.ts`);
}
