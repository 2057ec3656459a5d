/**
 * What happens to a network while the agent lives in it: a portal that asks for a room number, an address that changes.
 */
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { addAddress, ip } from '../support/namespaces.ts';
import { has } from '../support/needs.ts';
import { labNeeds } from './networks.ts';
import { Site } from './site.ts';
import { World } from './world.ts';

let world: World | undefined;

test.after.always(() => world?.close());

async function siteFor(t: ExecutionContext): Promise<Site | undefined> {
  if (!has(t, ...labNeeds)) return undefined;
  t.timeout(180_000);
  world ??= await World.build();
  const site = new Site(world);
  t.teardown(() => site.close());
  return site;
}

test.serial('a captive portal is not mistaken for the intermediary, is told of, and left behind as soon as it lets go', async (t) => {
  const site = await siteFor(t);
  if (site === undefined || world === undefined) return;
  await site.atGateway('captive-portal.ts', site.folder, '8080', '8443');
  site.letOut('drop', 'tcp dport 80 redirect to :8080; tcp dport 443 redirect to :8443');
  site.startAgent(['--enrol', await world.enrolment()]);
  const held = await site.until(({ state, failedAttempts }) => state === 'waiting' && failedAttempts.length > 0);
  t.true(held.failedAttempts.some(({ code }) => code === 'certificate-refused'), JSON.stringify(held.failedAttempts));
  site.letOut('accept');
  const { state } = await site.until((status) => status.state === 'connected');
  t.is(state, 'connected');
});

test.serial('a session goes on when the address of the machine changes', async (t) => {
  const site = await siteFor(t);
  if (site === undefined) return;
  await site.contact();
  const running = site.run('echo before');
  ip('-n', site.inside, '-4', 'address', 'flush', 'dev', 'eth0');
  addAddress(site.inside, 'eth0', `10.93.${site.number}.77/24`);
  site.routeOut();
  const after = site.run('echo after');
  t.deepEqual([running, after], ['before\n', 'after\n']);
});
