/**
 * The thread in which a PAC file runs, once, for one target. The file's own code is closed into QuickJS (WebAssembly: no file, no
 * network, no process); `pac-resolver` rewrites it first, here and not on the main thread, since that too can be made to
 * take for ever. What the file may ask of the world goes through the main thread, which counts.
 */
import { readFile } from 'node:fs/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { createPacResolver, sandbox } from 'pac-resolver';
import { QuickJS } from 'quickjs-wasi';
import { limits } from '../../../protocol/limits.ts';
import { withMaximumMemory } from './bounded-wasm.ts';

export type PacTask = { readonly script: string; readonly url: string; readonly ownAddress: string };
export type FromPac = { readonly begun: true } | { readonly lookup: string } | { readonly answer: string } | { readonly failed: string };
/** The addresses come in the order in which they were asked for. */
export type ToPac = { readonly address: string | undefined };

const wasmPageBytes = 65_536;

const { script, url, ownAddress } = workerData as PacTask;
const waiting: ((address: string | undefined) => void)[] = [];
parentPort?.on('message', ({ address }: ToPac) => waiting.shift()?.(address));

/** In place of those words of `pac-resolver` that print, look names up, or dial out to learn the machine's own address. */
const vocabulary = {
  alert: () => undefined,
  myIpAddress: async () => ownAddress,
  dnsResolve: async (host: unknown) => (await lookUp(host)) ?? null,
  isResolvable: async (host: unknown) => (await lookUp(host)) !== undefined,
  isInNet: async (host: unknown, pattern: unknown, mask: unknown) => {
    const address = await lookUp(host);
    return address !== undefined && sandbox.isInNet(address, String(pattern), String(mask));
  },
};

tell(await answer());
process.exit();

async function answer(): Promise<FromPac> {
  try {
    const wasm = withMaximumMemory(await readFile(new URL('../quickjs.wasm', import.meta.resolve('quickjs-wasi'))), limits.pacMemoryBytes / wasmPageBytes);
    tell({ begun: true });
    const endMs = performance.now() + limits.pacMs;
    using machine = await QuickJS.create({ wasm, interruptHandler: () => performance.now() > endMs });
    const found: unknown = await createPacResolver(machine, script, { sandbox: vocabulary })(url);
    if (typeof found !== 'string') return { failed: `it answered with ${found === null ? 'null' : `a value of type ${typeof found}`}` };
    return { answer: found.slice(0, limits.maxPacAnswerLetters) };
  } catch (error) {
    return { failed: error instanceof Error ? error.message : 'it threw something that is no error' };
  }
}

function lookUp(host: unknown): Promise<string | undefined> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    tell({ lookup: String(host) });
  });
}

function tell(message: FromPac): void {
  parentPort?.postMessage(message, []);
}
