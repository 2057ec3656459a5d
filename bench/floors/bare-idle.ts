/**
 * The memory of a bare Node process with the modules of an agent loaded and its connection open.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { memoryOf } from '../memory.ts';
import type { Memory } from '../memory.ts';
import { startBareServer } from './bare.ts';

/** Measured when it has been idle for `settleMs`. */
export async function bareIdleMemory(folder: string, settleMs: number): Promise<Memory> {
  const server = await startBareServer(folder);
  const bare = spawn(process.execPath, [join(import.meta.dirname, 'bare-agent.mjs'), folder, String(server.port)], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(bare.stdout, 'data');
  await new Promise((resolve) => setTimeout(resolve, settleMs));
  const memory = memoryOf(bare.pid ?? 0);
  bare.stdin.end();
  await once(bare, 'exit');
  await server.stop();
  return memory;
}
