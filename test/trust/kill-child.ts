/**
 * The process that is killed: admits, starts, reports and rolls its keys as fast as it can, and says on standard output
 * what it was promised, one line each. Arguments: path of the database, number of this life.
 */
import { appendFileSync } from 'node:fs';
import { hash } from 'node:crypto';
import { openTrust } from '../../agent/trust/trust.ts';
import type { Trust } from '../../agent/trust/trust.ts';
import { utf8 } from '../../protocol/bytes.ts';
import { systemRandom } from '../../protocol/clock.ts';
import { makeDirective } from '../support/make-directive.ts';
import type { World } from '../support/world.ts';
import { firstEnrolment, firstPolicy, firstRoot, owner, registry, signPolicy, signRoot, valueOf, worldClock } from '../support/world.ts';
import { idFor } from './case-files.ts';

const [path = '', life = '0'] = process.argv.slice(2);

/** Written with one call each, so that a killed process leaves no half line behind that was promised. */
function say(file: 'promises' | 'deeds', line: string): void {
  appendFileSync(`${path}.${file}`, `${line}\n`);
}

async function readyTrust(): Promise<{ trust: Trust; clock: World['clock'] }> {
  const clock = worldClock();
  const trust = valueOf(openTrust(path, { clock, random: systemRandom, platform: 'linux' }));
  if (trust.home === undefined) valueOf(trust.enrol(await firstEnrolment()));
  if (trust.versions.root === 0) valueOf(await trust.acceptRoots([await signRoot(firstRoot, owner)]));
  if (trust.versions.policy === 0) valueOf(await trust.acceptPolicy(await signPolicy(firstPolicy)));
  return { trust, clock };
}

/** Of queued ones only some reports are acknowledged, of interactive ones none: those would be forgotten with their session. */
async function execute(trust: Trust, id: string, { isStarted, isQueued }: { isStarted: boolean; isQueued: boolean }): Promise<void> {
  if (!isStarted) valueOf(await trust.markStarted(id, 1));
  say('deeds', id);
  valueOf(await trust.report(id, { status: 'succeeded', endedAtMs: 2 }));
  say('promises', `reported ${id}`);
  if (isQueued && id.endsWith('0')) trust.stored([id]);
}

function roll(trust: Trust): void {
  const base = trust.keys.chains()[0] ?? { secret: new Uint8Array(32), number: 0 };
  const number = base.number + 1;
  trust.keys.store([{ secret: hash('sha256', utf8(`chain ${number}`), 'buffer'), number }, base]);
  say('promises', `rolled ${number}`);
}

const { trust, clock } = await readyTrust();
say('promises', `opened ${life} ${trust.identity.agentId}`);
for (const id of trust.interruptedAtStart()) say('promises', `interrupted ${id}`);
for (const { directive } of trust.resumable()) await execute(trust, directive.id, { isStarted: false, isQueued: directive.life.kind === 'queued' });

const world: World = { path, clock, trust, policy: firstPolicy, restart: () => undefined, end: () => undefined };
for (let number = 0; number < 100_000; number += 1) {
  const ids = Array.from({ length: 4 }, (_, index) => idFor(`${life} ${number} ${index}`));
  await Promise.all(
    ids.map(async (id, index) => {
      const startsAtOnce = index % 2 === 0;
      const isQueued = index === 1;
      const { envelope, proof } = await makeDirective(world, id, { queued: isQueued });
      const admission = await trust.admit(envelope, proof, registry, startsAtOnce ? 1 : undefined);
      if (admission.outcome !== 'accepted') throw new Error(JSON.stringify(admission));
      say('promises', `accepted ${id}`);
      await execute(trust, id, { isStarted: startsAtOnce, isQueued });
    }),
  );
  roll(trust);
}
