/**
 * Runs a PAC file for one target, in a thread of its own that is ended afterwards whatever it does: an endless loop, a
 * regular expression that never ends and a memory bomb all cost one thread for `limits.pacMs`.
 */
import { isIPv4, isIPv6 } from 'node:net';
import { Worker } from 'node:worker_threads';
import type { Clock, Timer } from '../../../protocol/clock.ts';
import { limits } from '../../../protocol/limits.ts';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import type { Target } from '../../../transports/path.ts';
import type { Surroundings } from './finding.ts';
import type { FromPac, PacTask, ToPac } from './pac-worker.ts';

export type PacTools = Pick<Surroundings, 'lookup' | 'ownAddress'> & { readonly clock: Clock };

/** Its answer as it stands, or `pac-unusable`. Never throws, and leaves no thread. */
export function runPac(script: string, { host, port }: Target, { lookup, ownAddress, clock }: PacTools): Promise<Outcome<string>> {
  const task: PacTask = { script, url: `https://${isIPv6(host) ? `[${host}]` : host}:${port}/`, ownAddress: ownAddress() };
  return new Promise((resolve) => {
    const worker = new Worker(new URL('./pac-worker.ts', import.meta.url), {
      workerData: task, env: {}, stdin: false, stdout: true, stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: limits.pacThreadMegabytes, maxYoungGenerationSizeMb: 16, stackSizeMb: 4 },
    });
    const end = (outcome: Outcome<string>): void => {
      timer.cancel();
      resolve(outcome);
      void worker.terminate();
    };
    const endAfter = (limitMs: number): Timer => clock.after(limitMs, () => end(unusable(`it gave no answer within ${limitMs} ms`)));
    let timer = endAfter(limits.pacStartMs);
    const answerLookup = countedLookup(lookup, (address) => worker.postMessage({ address } satisfies ToPac, []));
    worker.on('message', (message: FromPac) => {
      if ('lookup' in message) return answerLookup(message.lookup);
      if (!('begun' in message)) return end('answer' in message ? success(message.answer) : unusable(message.failed));
      timer.cancel();
      timer = endAfter(limits.pacMs);
    });
    worker.on('error', (error: unknown) => end(unusable(error instanceof Error ? error.message : 'its thread broke')));
    worker.on('exit', () => end(unusable('its thread ended')));
  });
}

/** Looks names up one after another, so that answers come in their order; beyond the bound nothing is found any more. */
function countedLookup(lookup: Surroundings['lookup'], answer: (address: string | undefined) => void): (name: string) => void {
  let asked = 0;
  let before: Promise<void> = Promise.resolve();
  return (name) => {
    asked++;
    const isAllowed = asked <= limits.maxPacLookups && name.length <= 253;
    before = before.then(async () => answer(isIPv4(name) ? name : isAllowed ? await lookup(name) : undefined));
  };
}

function unusable(reason: string): Outcome<string> {
  return failure('pac-unusable', reason.replace(/[^\x20-\x7e]+/g, ' ').slice(0, 200));
}
