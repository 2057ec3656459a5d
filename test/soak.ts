/**
 * `npm run soak`: the long campaigns of the ordinary tests, with more of everything. Each prints its seed; a variable that
 * is set already is kept, so one campaign can be repeated or made longer still.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const campaigns = {
  BEHEST_CUT_BYTES: 'all',
  BEHEST_KILLS: '1000',
  BEHEST_CUTS: '200000',
  BEHEST_MUTATIONS: '1000000',
  BEHEST_RUNS: '1000000',
};

const { status } = spawnSync(
  'ava',
  ['--timeout=6h', '--concurrency=1', 'test/channel/**/*.test.ts', 'test/messages/**/*.test.ts', 'test/trust/**/*.test.ts', 'test/intermediary/**/*.test.ts', 'test/listener/**/*.test.ts', 'test/transports/**/*.test.ts', 'test/system/kills.test.ts'],
  { cwd: join(import.meta.dirname, '..'), stdio: 'inherit', env: { ...campaigns, ...process.env } },
);
process.exitCode = status ?? 1;
