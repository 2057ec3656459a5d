/**
 * The rolling key over the real stores: connections cut at every step of handshake and roll, both programs crashing at
 * every write and going on from what the disk held. Whatever happens, an honest machine comes back and raises no alarm;
 * a copy of its disk is noticed by the first session that one of the two has after the other.
 */
import test from 'ava';
import { seeded } from '../support/seeded.ts';
import { startCampaign } from './campaign.ts';

const cuts = Number(process.env['BEHEST_CUTS'] ?? 4000);
const seed = Number(process.env['BEHEST_SEED'] ?? Date.now() % 1_000_000);

test('cut at every step and killed at every write, an honest machine always comes back and raises no alarm', async (t) => {
  t.timeout(120_000 + cuts * 60);
  t.log(`${cuts} faults, BEHEST_SEED=${seed}`);
  const random = seeded(seed);
  const campaign = await startCampaign(t, random);
  let sessions = 0;
  for (let struck = 0; struck < cuts; ) {
    const before = total(campaign.struck);
    for (let inARow = 1 + random.below(4); inARow > 0; inARow -= 1) await campaign.session(campaign.agent, campaign.fault());
    struck += total(campaign.struck) - before;
    sessions += 1;
    const told = await campaign.session(campaign.agent, undefined);
    if (told !== 'ok') return t.fail(`locked out with ${told} after ${struck} faults`);
    await campaign.restartSometimes();
    if (campaign.registry.alarms.length > 0) return t.fail(`a false alarm after ${struck} faults`);
  }
  t.false(await campaign.registry.isQuarantined(campaign.agent.agentId));
  t.log(`${sessions} undisturbed sessions between them; ${[...campaign.struck].map(([what, times]) => `${what} ${times}`).toSorted().join(', ')}`);
  await campaign.end();
});

test('a copied disk is noticed by the first session after one of the other, whatever was cut before', async (t) => {
  const copies = Math.max(20, Math.floor(cuts / 200));
  t.timeout(120_000 + copies * 10_000);
  t.log(`${copies} copies, BEHEST_SEED=${seed}`);
  const random = seeded(seed + 1);
  const campaign = await startCampaign(t, random);
  for (let count = 0; count < copies; count += 1) {
    for (let before = 1 + random.below(4); before > 0; before -= 1) await campaign.session(campaign.agent, undefined);
    for (let faults = random.below(4); faults > 0; faults -= 1) await campaign.session(campaign.agent, campaign.fault());
    const copy = campaign.agent.copy(campaign.newPath());
    const [first, second] = random.below(2) === 0 ? [campaign.agent, copy] : [copy, campaign.agent];
    for (let faults = random.below(4); faults > 0; faults -= 1) await campaign.session(first, campaign.fault());
    t.is(await campaign.session(first, undefined), 'ok');
    t.deepEqual(campaign.registry.alarms, [], 'no alarm while only one of them has called');
    for (let sessions = random.below(3); sessions > 0; sessions -= 1) t.is(await campaign.session(first, undefined), 'ok');
    t.is(await campaign.session(second, undefined), 'key-retired', `copy ${count}`);
    t.deepEqual(campaign.registry.alarms.splice(0), [second.agentId]);
    t.true(await campaign.registry.isQuarantined(second.agentId));
    copy.trust.close();
    campaign.agent.trust.close();
    await campaign.newMachine();
  }
  await campaign.end();
});

function total(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}
