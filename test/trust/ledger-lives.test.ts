/** How long the ledger remembers: as long as a copy could be accepted, and no longer, or it would be full in a day. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import test from 'ava';
import * as fc from 'fast-check';
import { Ledger } from '../../agent/trust/ledger.ts';
import { Marks } from '../../agent/trust/marks.ts';
import { SessionNonces } from '../../agent/trust/nonces.ts';
import { migrate } from '../../agent/trust/tables.ts';
import { limits } from '../../protocol/limits.ts';
import { makeDirective } from '../support/make-directive.ts';
import type { Offered } from '../support/make-directive.ts';
import { seeded } from '../support/seeded.ts';
import { openWorld, registry, valueOf, worldClock } from '../support/world.ts';
import type { World } from '../support/world.ts';
import { folderInMemory } from '../support/temporary-folder.ts';
import { idFor } from './case-files.ts';

const seed = Number(process.env['BEHEST_SEED'] ?? Date.now() % 1_000_000);

/** What can happen to a machine between two offers of the same directive. */
const Deed = fc.oneof(
  { weight: 4, arbitrary: fc.record({ give: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ pass: fc.constantFrom(1, 59, 61, limits.nonceLifeMs / 1000 - 1, limits.nonceLifeMs / 1000, 2 * (limits.nonceLifeMs / 1000), 4000) }) },
  { weight: 2, arbitrary: fc.record({ wall: fc.constantFrom(-90_000, -3600, 3600, 90_000) }) },
  { weight: 2, arbitrary: fc.constant('new session' as const) },
  { weight: 1, arbitrary: fc.constant('restart' as const) },
);
type Deed = typeof Deed extends fc.Arbitrary<infer T> ? T : never;

async function admit(world: World, { envelope, proof }: Offered): Promise<string> {
  const admission = await world.trust.admit(envelope, proof, registry);
  return admission.outcome;
}

/** Accepts one, ends it, and hears that its report is stored: from now on nothing but its life keeps it in the ledger. */
async function giveOne(world: World, offered: Offered, id: string): Promise<string> {
  const outcome = await admit(world, offered);
  if (outcome !== 'accepted') return outcome;
  valueOf(await world.trust.report(id, { status: 'succeeded', endedAtMs: world.clock.now() }));
  world.trust.stored([id]);
  return outcome;
}

async function play(world: World, deeds: readonly Deed[], name: string): Promise<string | undefined> {
  const given: Offered[] = [];
  for (const [number, deed] of deeds.entries()) {
    if (deed === 'new session') world.trust.rotateNonce();
    else if (deed === 'restart') world.restart();
    else if ('pass' in deed) world.clock.pass(deed.pass);
    else if ('wall' in deed) world.clock.wall(deed.wall);
    else {
      const id = idFor(`${name} ${number}`);
      const offered = await makeDirective(world, id, { queued: deed.give, ...(deed.give ? { set: { issuedAt: Math.floor(world.clock.now() / 1000), 'life.notAfter': Math.floor(world.clock.now() / 1000) + 4000 } } : {}) });
      if ((await giveOne(world, offered, id)) === 'accepted') given.push(offered);
    }
    for (const copy of given) if ((await admit(world, copy)) === 'accepted') return `accepted again after ${JSON.stringify(deeds.slice(0, number + 1))}`;
  }
  return undefined;
}

test('whatever time, clock, sessions and restarts do: no id is forgotten while a copy of it would be accepted', async (t) => {
  t.timeout(300_000);
  t.log(`BEHEST_SEED=${seed}`);
  const folder = await folderInMemory(t);
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(Deed, { minLength: 3, maxLength: 25 }), async (deeds) => {
      runs += 1;
      const world = await openWorld(join(folder, String(runs)));
      try {
        const wrong = await play(world, deeds, `run ${runs}`);
        if (wrong !== undefined) throw new Error(wrong);
      } finally {
        world.end();
      }
    }),
    { numRuns: Number(process.env['BEHEST_RUNS'] ?? 100), seed },
  );
  t.pass();
});

test('what was refused for a nonce that nobody proved stays refused as long as the right one would do', async (t) => {
  const world = await openWorld();
  t.teardown(() => world.end());
  const { envelope, proof } = await makeDirective(world, idFor('early'));
  t.is((await world.trust.admit(envelope, { ...proof, nonce: 'f'.repeat(32) }, registry)).outcome, 'refused');
  world.trust.stored([idFor('early')]);
  world.clock.pass(120);
  await giveOne(world, await makeDirective(world, idFor('other')), idFor('other'));
  t.is(await admit(world, { envelope, proof }), 'reported', 'the refusal, once more');
});

test('a million interactive directives in one day are all admitted, and few are remembered', (t) => {
  t.timeout(300_000);
  const day = 86_400;
  const many = 1_000_000;
  const clock = worldClock();
  const random = seeded(1).bytes;
  const db = new DatabaseSync(':memory:');
  valueOf(migrate(db));
  const marks = new Marks(db, clock);
  const ledger = new Ledger(db, marks);
  const nonces = new SessionNonces(clock, random);
  const count = db.prepare('SELECT count(*) AS rows FROM directives');
  const digest = random(32);
  const report = { counter: 1, payload: random(10), signature: random(64) };
  const source = { payload: random(10), keyId: '', personId: '' };
  let most = 0;
  let admitted = 0;
  for (let minute = 0; minute < day / 60; minute += 1) {
    db.exec('BEGIN');
    for (const due = Math.round(((minute + 1) * many * 60) / day); admitted < due; admitted += 1) {
      const full = ledger.room();
      if (full !== undefined) return t.fail(`${full.code} after ${admitted}`);
      const id = admitted.toString(16).padStart(32, '0');
      ledger.accept({ id, digest, expiresAt: marks.now().wall + 600, nonce: nonces.present() }, source, 1);
      ledger.finish(id, report);
      ledger.acknowledge(id);
    }
    most = Math.max(most, Number(count.get()?.['rows']));
    clock.pass(60);
    ledger.prune(marks.now().wall, nonces.accepted());
    db.exec('COMMIT');
  }
  t.is(admitted, many);
  // two lives of a nonce and the minute between two looks
  t.true(most <= ((2 * limits.nonceLifeMs + 60_000) / 1000 / day) * many + 1, `${most} at once`);
  t.log(`${most} at once`);
  db.close();
});
