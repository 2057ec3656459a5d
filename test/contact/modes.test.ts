/** K2, K8, L4: when the agent calls, as the settings say and as the network allows; a changed setting holds at once. */
import test from 'ava';
import { until } from '../execution/support.ts';
import { ShiftClock } from '../support/shift-clock.ts';
import { hangs, mutable, passes, RealContact, refuses } from './real-contact.ts';

async function submit(contact: RealContact, live: Awaited<ReturnType<RealContact['relay']['live']>>, part: object = {}): Promise<string> {
  const { id, envelope, targets } = await contact.relay.directive('technician', [{ agentId: contact.agent?.agentId ?? '' }], part);
  live.send({ kind: 'submit', envelope, targets, follow: true });
  return id;
}

test('a polling machine comes, takes what waits, reports, and leaves; its session goes on at the next contact', async (t) => {
  const contact = await RealContact.make(t, { wss: passes });
  contact.settings.set({ mode: 'polling', intervalSeconds: 5 });
  await contact.start();
  await contact.inState('polling');
  await contact.relay.shows(t, contact.agent?.agentId ?? '', false);
  const { dialled } = contact.rung('wss');
  const live = await contact.relay.live(t, 'technician');
  await submit(contact, live);
  const { target } = await live.next('target', (message) => message.target.report !== undefined);
  t.is(target.state, 'succeeded');
  t.true(contact.rung('wss').dialled > dialled);
  await contact.inState('polling');
  t.true((contact.status?.nextAttemptAtMs ?? 0) > 0);
});

test('a polling machine stays while something runs', async (t) => {
  const contact = await RealContact.make(t, { wss: passes });
  contact.settings.set({ mode: 'polling', intervalSeconds: 5 });
  await contact.start();
  await contact.inState('polling');
  const live = await contact.relay.live(t, 'technician');
  await submit(contact, live, { primitive: 'shell.execute', params: { command: 'sleep 4; echo done' } });
  await live.next('target', (message) => message.target.state === 'running');
  const { dialled } = contact.rung('wss');
  const { target } = await live.next('target', (message) => message.target.report !== undefined);
  t.is(target.state, 'succeeded');
  t.is(contact.rung('wss').dialled, dialled, 'one link from beginning to end');
});

test('another mode is in force at once: between two contacts and in the middle of one', async (t) => {
  const contact = await RealContact.make(t, { wss: passes });
  contact.settings.set({ mode: 'polling', intervalSeconds: 3600 });
  await contact.start();
  await contact.inState('polling');
  contact.settings.set({ mode: 'connected' });
  await contact.connectedBy('wss');
  contact.settings.set({ mode: 'polling' });
  await contact.inState('polling');
  t.pass();
});

test('after a failed attempt the retries come as far apart as the settings say, and a changed one begins anew at once', async (t) => {
  const contact = await RealContact.make(t, { wss: refuses });
  contact.settings.set({ retries: 20, spacingSeconds: 3600 });
  await contact.start();
  await contact.inState('waiting');
  const inMs = (contact.status?.nextAttemptAtMs ?? 0) - Date.now();
  t.true(inMs > 0.7 * 3_600_000 && inMs < 1.3 * 3_600_000);
  contact.rung('wss').behaviour = passes;
  contact.settings.set({ spacingSeconds: 1 });
  await contact.connectedBy('wss');
});

test('without a network nothing is tried; when it is back, at once', async (t) => {
  const contact = await RealContact.make(t, { wss: passes });
  const { relay } = contact;
  relay.root.intermediary.addresses[0] = 'relay.example:8443'; // the intermediary on this machine would need no network
  contact.network.network = { isUp: false, ids: [], state: '' };
  await contact.start();
  await until(() => contact.status?.code === 'no-network', 'the state');
  t.is(contact.rung('wss').dialled, 0);
  contact.network.become({ isUp: true, ids: ['here'], state: 'back' });
  await contact.connectedBy('wss');
});

test('on a metered network what is not urgent waits, an urgent call is answered, and the link is not kept', async (t) => {
  const contact = await RealContact.make(t, { wss: passes });
  contact.isMetered = true;
  await contact.start();
  await until(() => contact.status?.code === 'network-metered', 'the state');
  contact.agent?.callNow({ priority: 'low', reason: 'test' });
  await until(() => contact.status?.code === 'network-metered', 'the same state');
  t.is(contact.rung('wss').dialled, 0);
  contact.agent?.callNow({ priority: 'high', reason: 'test' });
  await contact.connectedBy('wss');
  await contact.inState('polling');
  contact.isMetered = false;
  contact.network.become({ state: 'another network' });
  await contact.connectedBy('wss');
});

test('after a sleep, or another address, a link that died without a word is made anew', async (t) => {
  const path = mutable();
  const contact = await RealContact.make(t, { wss: path.behaviour });
  const clock = new ShiftClock();
  await contact.start({ clock });
  await contact.connectedBy('wss');
  for (const doubt of [() => clock.shift(3_600_000), () => contact.network.become({ state: 'another address' })]) {
    const { dialled } = contact.rung('wss');
    path.silence();
    const began = performance.now();
    doubt();
    await until(() => contact.rung('wss').dialled > dialled, 'another link');
    await contact.connectedBy('wss');
    t.log(`${Math.round(performance.now() - began)} ms to another link`);
    t.true(contact.rung('wss').dialled > dialled);
  }
});

test('a link that a change of address did not harm goes on', async (t) => {
  const contact = await RealContact.make(t, { 'wss': passes, 'https-long-poll': hangs });
  await contact.start();
  await contact.connectedBy('wss');
  const { dialled } = contact.rung('wss');
  contact.network.become({ state: 'another address' });
  const live = await contact.relay.live(t, 'technician');
  await submit(contact, live);
  t.is((await live.next('target', (message) => message.target.report !== undefined)).target.state, 'succeeded');
  t.is(contact.rung('wss').dialled, dialled, 'the link still worked');
});
