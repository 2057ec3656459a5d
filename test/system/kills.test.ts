/**
 * The promise under kill -9: every directive that the intermediary has accepted ends in exactly one final report, and none
 * is ever started twice. The started program itself keeps the record: it appends its directive's id to a file. Now and
 * then the killed intermediary has forgotten reports that it had, and offers their directives anew.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { claimedReport } from '../../console/client/reports.ts';
import { giveDirective } from '../../console/client/directives.ts';
import type { DirectiveTarget } from '../../protocol/messages/live.ts';
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

  const beganMs = performance.now();
  await killBoth(house, seeded(seed + 100));
  t.log(`the kills took ${Math.round((performance.now() - beganMs) / 1000)} s; load ${loadavg()[0]?.toFixed(1)} on ${availableParallelism()} cores`);
  giving.abort();
  await Promise.all(lanes);
  const reports = await finalReports(t, house, accepted);

  const starts = countLines(markers);
  t.true(accepted.length > kills / 4, `only ${accepted.length} directives were accepted: nothing was tried`);
  t.deepEqual(accepted.filter((id) => (starts.get(id) ?? 0) > 1), [], 'started twice');
  t.deepEqual(accepted.filter((id) => reports.get(id)?.state === 'succeeded' && starts.get(id) !== 1), [], 'reported as succeeded but never started');
  t.deepEqual(accepted.filter((id) => !finals.has(reports.get(id)?.state ?? '')), [], 'without an end');
  t.deepEqual(brokenChain([...reports.values()]), [], 'reports missing from the chain of counters');
  t.log(`${accepted.length} accepted: ${summary(reports)}; ${Math.round((performance.now() - beganMs) / 1000)} s in all`);
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

/** Goes on with the one until the other has been killed often enough, too: neither is ever left in peace to work. */
async function killBoth(house: House, random: Seeded): Promise<void> {
  const forgetting = (database: string): void => {
    if (random.below(3) === 0) forgetReports(database);
  };
  const victims = [
    { ready: () => house.agent.ready, kill: () => house.killAgent(), lifeMs: 1400, killed: 0 },
    { ready: () => house.intermediary.ready, kill: () => house.killIntermediary(forgetting), lifeMs: 1000, killed: 0 },
  ];
  await Promise.all(victims.map(async (victim) => {
    while (victims.some(({ killed }) => killed < kills)) {
      // half are found in the midst of work, however slow the machine is; half anywhere, also on the way up
      if (random.below(2) === 0) await Promise.race([victim.ready(), pause(upWithinMs)]);
      await pause(random.below(victim.lifeMs));
      await victim.kill();
      victim.killed += 1;
    }
  }));
}

/** Who is not up by then, since the other one is not, is killed on the way. */
const upWithinMs = 4000;

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/**
 * The last queued directives that had ended are as if they had just been sent: a relay that lies, or lost its disk's last write.
 * (Of an acknowledged interactive one the agent knows nothing more after a restart, and refuses it for its nonce.)
 */
function forgetReports(path: string): void {
  const database = new DatabaseSync(path);
  database.exec("UPDATE targets SET state = 'sent', report = NULL WHERE directive_seq IN (SELECT directive_seq FROM targets WHERE report IS NOT NULL AND nonce IS NULL ORDER BY directive_seq DESC LIMIT 10)");
  database.close();
}

/** Everything must have ended this long after the last kill; what has not by then gets a moment each, to be told apart. */
const settleMs = 60_000;
const momentMs = 500;

/** The last state of every accepted directive, some awaited at a time. */
async function finalReports(t: ExecutionContext, house: House, accepted: readonly string[]): Promise<Map<string, DirectiveTarget>> {
  const targets = new Map<string, DirectiveTarget>();
  const rest = accepted.values();
  const deadline = performance.now() + settleMs;
  const followRest = async (): Promise<void> => {
    for (const directiveId of rest) {
      const target = await lastState(t, house, { directiveId, patienceMs: Math.max(momentMs, deadline - performance.now()) });
      if (target !== undefined) targets.set(directiveId, target);
    }
  };
  await Promise.all(Array.from({ length: 32 }, followRest));
  return targets;
}

/** Its final state, or the one it is still in when patience ends. */
function lastState(t: ExecutionContext, house: House, { directiveId, patienceMs }: { directiveId: string; patienceMs: number }): Promise<DirectiveTarget | undefined> {
  return new Promise((resolve) => {
    let last: DirectiveTarget | undefined;
    const end = (problem?: string): void => {
      if (problem !== undefined) t.log(`${directiveId} ${problem}`);
      clearTimeout(patience);
      stop();
      resolve(last);
    };
    const patience = setTimeout(() => end(`is still ${last?.state ?? 'unseen'}`), patienceMs);
    const stop = house.connection.desk.live.watch({ of: 'directive', directiveId }, {
      event: (message) => {
        if (message.kind === 'directive') last = message.directive.targets[0];
        if (message.kind === 'target') last = message.target;
        if (finals.has(last?.state ?? '')) end();
      },
      failed: ({ code, detail }) => end(`was accepted and is now ${code}: ${detail}`),
    });
  });
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
