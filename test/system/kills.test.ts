/**
 * The promise under kill -9: every directive that the intermediary has accepted ends in exactly one final report, and none
 * is ever started twice. The started program itself keeps the record: it appends its directive's id to a file.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { claimedReport } from '../../console/client/reports.ts';
import { giveDirective } from '../../console/client/directives.ts';
import type { DirectiveTarget } from '../../protocol/messages/live.ts';
import { eventually } from '../support/behest.ts';
import { House, take } from '../support/house.ts';
import { seeded } from '../support/seeded.ts';
import type { Seeded } from '../support/seeded.ts';

const kills = Number(process.env['BEHEST_KILLS'] ?? 200);
const seed = Number(process.env['BEHEST_SEED'] ?? Date.now() % 1_000_000);
const finals = new Set(['succeeded', 'failed', 'refused', 'cancelled', 'expired', 'interrupted']);

test('agent and intermediary killed at any moment: no directive is lost and none starts twice', async (t) => {
  t.timeout(1_000_000 + kills * 10_000);
  t.log(`${kills} kills of each, BEHEST_SEED=${seed}`);
  const house = await House.build(t);
  const markers = join(house.path, 'markers');
  writeFileSync(markers, '');
  const accepted: string[] = [];
  const giving = new AbortController();
  const lanes = [0, 1, 2].map((lane) => giveAll(house, markers, { accepted, random: seeded(seed + lane), signal: giving.signal }));

  const random = seeded(seed + 100);
  // long enough for an agent to be found in the midst of its work, not only on its way up
  await Promise.all([killAll(() => house.killAgent(), random, 2000), killAll(() => house.killIntermediary(), random, 1500)]);
  giving.abort();
  await Promise.all(lanes);
  const reports = await finalReports(t, house, accepted);

  const starts = countLines(markers);
  t.true(accepted.length > kills / 4, `only ${accepted.length} directives were accepted: nothing was tried`);
  t.deepEqual(accepted.filter((id) => (starts.get(id) ?? 0) > 1), [], 'started twice');
  t.deepEqual(accepted.filter((id) => reports.get(id)?.state === 'succeeded' && starts.get(id) !== 1), [], 'reported as succeeded but never started');
  t.deepEqual(accepted.filter((id) => !finals.has(reports.get(id)?.state ?? '')), [], 'without an end');
  t.deepEqual(brokenChain([...reports.values()]), [], 'reports missing from the chain of counters');
  t.log(`${accepted.length} accepted: ${summary(reports)}`);
});

type Giving = { readonly accepted: string[]; readonly random: Seeded; readonly signal: AbortSignal };

/** Gives one directive after the other, half of them bound to the present session, half queued. */
async function giveAll(house: House, markers: string, { accepted, random, signal }: Giving): Promise<void> {
  while (!signal.aborted) {
    const { machine } = house;
    if (machine === undefined) throw new Error('the machine has gone from the list');
    const command = `echo "$BEHEST_DIRECTIVE" >> ${markers}; sleep 0.0${random.below(10)}`;
    const given = await giveDirective(house.connection.desk, {
      machines: [random.below(2) === 0 ? { ...machine, online: false } : machine],
      primitive: 'shell.execute',
      params: { command },
    });
    if (given.ok) accepted.push(given.value.directive.id);
  }
}

async function killAll(kill: () => Promise<void>, random: Seeded, withinMs: number): Promise<void> {
  for (let killed = 0; killed < kills; killed += 1) {
    await new Promise((resolve) => setTimeout(resolve, random.below(withinMs)));
    await kill();
  }
}

/** The last state of every accepted directive, awaited one after the other. */
async function finalReports(t: ExecutionContext, house: House, accepted: readonly string[]): Promise<Map<string, DirectiveTarget>> {
  const targets = new Map<string, DirectiveTarget>();
  for (const directiveId of accepted) {
    const stop = house.connection.desk.live.watch({ of: 'directive', directiveId }, {
      event: (message) => {
        const seen = message.kind === 'directive' ? message.directive.targets[0] : message.kind === 'target' ? message.target : undefined;
        if (seen !== undefined) targets.set(directiveId, seen);
      },
      failed: ({ code, detail }) => t.log(`${directiveId} was accepted and is now ${code}: ${detail}`),
    });
    await eventually(() => finals.has(targets.get(directiveId)?.state ?? ''), 60_000).catch(() => t.log(`${directiveId} is still ${targets.get(directiveId)?.state ?? 'unseen'}`));
    stop();
  }
  return targets;
}

function countLines(path: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const line of readFileSync(path, 'utf8').split('\n').filter(Boolean)) counts.set(line, (counts.get(line) ?? 0) + 1);
  return counts;
}

/** Counters that a report should have and none does: every report of the agent must be there, from 1 on. */
function brokenChain(targets: readonly DirectiveTarget[]): number[] {
  const counters = new Set(targets.flatMap(({ report }) => (report === undefined ? [] : [take(claimedReport(report)).counter])));
  const highest = Math.max(0, ...counters);
  return Array.from({ length: highest }, (_, index) => index + 1).filter((counter) => !counters.has(counter));
}

function summary(reports: ReadonlyMap<string, DirectiveTarget>): string {
  const counts = new Map<string, number>();
  for (const { state } of reports.values()) counts.set(state, (counts.get(state) ?? 0) + 1);
  return [...counts].map(([state, count]) => `${count} ${state}`).join(', ');
}
