#!/usr/bin/env node
/**
 * behest-agent as it is started: chooses the bundle or the sources (bundle.mjs) and how Node is to run them, and becomes
 * that. The process stays the same, so whoever started it (a shell, systemd, the quick start) has the agent itself.
 */
import { fileURLToPath } from 'node:url';
import { programAddress } from './bundle.mjs';

/** For a service that waits most of the time and shares the machine; speed under load stays. What each one saves is in docs/figures.md. */
const flags = [
  // lets the agent collect garbage when it becomes idle: idle-memory.ts
  '--expose-gc',
  // a young generation of at most 1 MB a half: it would grow to what one busy minute wants and keep that
  '--max-semi-space-size=1',
  // and then drop the code of functions that ran only at the start; it is compiled again when it is wanted
  '--bytecode-old-age=1',
  '--flush-baseline-code',
  // gives back what the compiler used, instead of leaving holes in the heap of C; known to Node from here on
  ...(nodeVersion() >= 26 ? ['--managed-zone-memory'] : []),
  // buffers do not bring about a collection of the whole heap each 64 MB: a transfer takes half the work; known to Node from here on
  ...(nodeVersion() >= 26 ? ['--external-memory-accounted-in-global-limit'] : []),
];

/**
 * One heap of C for all threads instead of one each, and large pieces of it go back to the system when they are free (mallopt(3): left
 * alone, glibc keeps the more the larger the pieces were); and no search for native code of the CBOR package, which is not there and costs five
 * modules. The agent takes them out again, for the programs that it starts: main.ts.
 */
const environment = { MALLOC_ARENA_MAX: '1', MALLOC_TRIM_THRESHOLD_: '65536', MALLOC_MMAP_THRESHOLD_: '65536', CBOR_NATIVE_ACCELERATION_DISABLED: 'true' };

const program = programAddress();
if (process.platform === 'win32') await runHere();
else process.execve(process.execPath, [process.argv0, ...flags, fileURLToPath(program), ...process.argv.slice(2)], { ...process.env, ...environment });

/** Windows cannot replace a process: there the agent runs in this one, which takes the flags over as far as they can be set late. */
async function runHere() {
  const { setFlagsFromString } = await import('node:v8');
  const { runInNewContext } = await import('node:vm');
  flags.forEach((flag) => setFlagsFromString(flag));
  // only what is made from now on has it
  globalThis.gc = runInNewContext('gc');
  Object.assign(process.env, environment);
  await import(program);
}

function nodeVersion() {
  return Number(process.versions.node.split('.')[0]);
}
