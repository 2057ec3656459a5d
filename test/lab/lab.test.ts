/**
 * K1, K4–K7: from every network that lets something out the agent reaches its intermediary, by the way that the network
 * leaves, with nobody having configured it; and it never listens.
 */
import test from 'ava';
import { has } from '../support/needs.ts';
import { labNeeds, networks } from './networks.ts';
import { visit } from './visit.ts';
import { World } from './world.ts';

let world: World | undefined;

test.after.always(() => world?.close());

for (const network of networks) {
  test.serial(`${network.name}: reached by ${network.reaches.transport} ${network.reaches.path}`, async (t) => {
    if (!has(t, ...labNeeds)) return;
    t.timeout(180_000);
    world ??= await World.build();
    const { first, remembered, answer, listening } = await visit(world, network);
    for (const { status } of [first, remembered]) t.deepEqual({ transport: status.transport, path: status.path?.replace(/10\.93\.\d+\.1/, 'GATEWAY') }, network.reaches);
    t.regex(answer, /^here is /);
    t.is(listening, '', 'the agent listens');
    t.log(`first contact ${first.afterMs} ms, remembered ${remembered.afterMs} ms`);
  });
}
