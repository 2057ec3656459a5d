/**
 * What tests of another machine's agent do at the desk of a house: give one directive and hear everything of it.
 */
import { carryOut } from '../../console/client/carry-out.ts';
import type { Report } from '../../protocol/statements/report.ts';
import type { House } from './house.ts';
import { take } from './house.ts';

export type Carried = { readonly report: Report; readonly stdout: string; readonly stderr: string };

export type Watching = { readonly timeoutMs?: number; /** Once, with the directive's id, when it says something for the first time. */ readonly spoke?: (directiveId: string) => void };

/** Gives a directive to the house's one machine and waits for its report, which must be the machine's own. */
export async function carryOutOn(house: House, primitive: string, params: Readonly<Record<string, unknown>>, { timeoutMs = 60_000, spoke }: Watching = {}): Promise<Carried> {
  const parts = { stdout: [] as Uint8Array[], stderr: [] as Uint8Array[] };
  const { machine } = house;
  if (machine === undefined) throw new Error('the machine has gone from the list');
  let id = '';
  let heard = false;
  const ending = take(await carryOut(house.connection.desk, { machine, primitive, params, timeoutMs }, {
    given: ({ directive }) => (id = directive.id),
    output: {
      output: (channel, bytes) => {
        parts[channel].push(bytes);
        if (!heard) spoke?.(id);
        heard = true;
      },
      missed: () => undefined,
    },
  }, () => house.machine));
  if (ending.unverified !== undefined) throw new Error(ending.unverified.detail);
  return { report: ending.report, stdout: Buffer.concat(parts.stdout).toString(), stderr: Buffer.concat(parts.stderr).toString() };
}
