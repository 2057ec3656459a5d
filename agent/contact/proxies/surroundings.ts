/**
 * The machine as the sources see it: thin readers, each bounded in size and time.
 */
import { execFile } from 'node:child_process';
import { readdir, readFile, stat } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { limits } from '../../../protocol/limits.ts';
import type { Surroundings } from './finding.ts';

export const machine: Surroundings = {
  platform: process.platform,
  environment: process.env,
  readText,
  listFiles,
  run,
  lookup,
  fetchText: async (url, signal) => (await import('./fetch-text.ts')).fetchText(url, signal),
  ownAddress: () => Object.values(networkInterfaces()).flat().find((one) => one?.family === 'IPv4' && !one.internal)?.address ?? '127.0.0.1',
};

/** By name servers only and not by getaddrinfo: that one blocks a thread of the pool for as long as a dead server keeps silent. */
async function lookup(name: string): Promise<string | undefined> {
  const { Resolver } = await import('node:dns/promises'); // only now: few networks are asked
  try {
    return (await new Resolver({ timeout: limits.lookupMs, tries: 1 }).resolve4(name))[0];
  } catch {
    return undefined; // no such name, or no name server: the same to whoever asks
  }
}

async function readText(path: string): Promise<string | undefined> {
  try {
    const text = await readFile(path, 'utf8');
    return text.length > limits.maxSettingsBytes ? undefined : text;
  } catch {
    return undefined; // not there or not ours to read
  }
}

async function listFiles(folder: string): Promise<readonly string[]> {
  try {
    const paths = (await readdir(folder)).map((name) => join(folder, name));
    const changed = await Promise.all(paths.map(async (path) => ({ path, at: (await stat(path)).mtimeMs })));
    return changed.sort((left, right) => left.at - right.at).map(({ path }) => path);
  } catch {
    return []; // no such folder, or a file went while it was looked at
  }
}

function run(program: string, args: readonly string[], signal: AbortSignal): Promise<string | undefined> {
  return new Promise((resolve) => {
    const options = { signal, timeout: limits.findProxiesMs, maxBuffer: limits.maxSettingsBytes, windowsHide: true };
    execFile(program, args, options, (error, said) => resolve(error === null ? said : undefined));
  });
}
