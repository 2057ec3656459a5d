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

type Part = { readonly name: string; readonly command: readonly string[] };

const root = join(import.meta.dirname, '..');

/** Folders of tests that start whole programs, which wait more than they work: they run side by side. */
const whole: Readonly<Record<string, readonly Need[]>> = { system: [], lab: labNeeds, browser: ['chromium'] };
const wanted = process.argv.slice(2);
const folders = Object.keys(whole).filter((name) => wanted.length === 0 || wanted.includes(name));
const able = folders.filter(isAble);

const parts: readonly Part[] = [
  { name: 'types', command: ['tsc', '--noEmit'] },
  { name: 'types of the browser console', command: ['tsc', '--noEmit', '-p', 'console/web'] },
  { name: 'lint', command: ['oxlint', '--deny-warnings'] },
  { name: 'units', command: ['ava', ...unitFolders()] },
].filter(({ name }) => wanted.length === 0 || wanted.includes(name));
const last = able.length === 0 ? [] : [{ name: able.join(', '), command: ['ava', ...able.map((name) => `test/${name}/**/*.test.ts`)] }];

const isWhole = able.length === folders.length || process.env['CI'] !== 'true';
process.exitCode = [...parts, ...last].every(runPart) && isWhole ? 0 : 1;

function isAble(name: string): boolean {
  const absent = (whole[name] ?? []).filter(missing);
  if (absent.length > 0) console.log(`${name}: skipped, since this machine has no ${absent.join(', ')}`);
  return absent.length === 0;
}

function runPart({ name, command }: Part): boolean {
  console.log(`\n=== ${name}`);
  const [program = '', ...args] = command;
  const started = performance.now();
  const { status } = spawnSync(program, args, { cwd: root, stdio: 'inherit' });
  console.log(`=== ${name}: ${status === 0 ? 'passed' : 'FAILED'} in ${((performance.now() - started) / 1000).toFixed(1)} s`);
  return status === 0;
}

function unitFolders(): string[] {
  return readdirSync(join(root, 'test'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !Object.hasOwn(whole, entry.name))
    .filter((entry) => readdirSync(join(root, 'test', entry.name)).some((file) => file.endsWith('.test.ts')))
    .map((entry) => `test/${entry.name}/**/*.test.ts`);
}
