/** One-time sign-in links: from the link to a key that the owner has signed. */
import test from 'ava';
import { accept, anyId, invite, signInPage, signIntoPolicy } from '../support/invited.ts';
import { Relay } from '../support/relay.ts';
import { ShiftClock } from '../support/shift-clock.ts';

test('a link gives one user and one request, which waits until the owner has signed', async (t) => {
  const relay = await Relay.start(t);
  const live = await relay.live(t, 'admin');
  live.send({ kind: 'watch', topic: { of: 'requests' } });
  await live.next('current');
  const invitation = await invite(relay);
  const { status, json } = await accept(relay, invitation, 'ann');
  t.is(status, 200);
  const { request } = await live.next('request');
  t.like(request, { id: json.requestId, personId: json.personId, invitationId: invitation.id, name: 'ann' });
  t.is((await relay.ask(`/api/invitations/requests/${json.requestId}`)).json.state, 'waiting');
  await t.throwsAsync(signInPage(relay, 'ann'), { message: /sign-in-refused/ });
  await signIntoPolicy(relay, { id: json.personId, name: 'ann' }, ['home']);
  t.is((await relay.ask(`/api/invitations/requests/${json.requestId}`)).json.state, 'signed');
  t.truthy(await signInPage(relay, 'ann'));
});

test('a used, a foreign and an expired link say that they are none', async (t) => {
  const clock = new ShiftClock();
  const relay = await Relay.start(t, { clock });
  const used = await invite(relay);
  t.is((await accept(relay, used, 'ann')).status, 200);
  t.is((await accept(relay, used, 'bob')).json.code, 'invitation-invalid');
  t.is((await accept(relay, { ...used, id: anyId() }, 'bob')).json.code, 'invitation-invalid');
  t.is((await accept(relay, { ...(await invite(relay)), secret: used.secret }, 'bob')).json.code, 'invitation-invalid');
  const late = await invite(relay, 60);
  clock.shift(61_000);
  t.is((await accept(relay, late, 'bob')).json.code, 'invitation-invalid');
});

test('of twenty who use one link at once, one gets in', async (t) => {
  const relay = await Relay.start(t);
  const invitation = await invite(relay);
  const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => accept(relay, invitation, `person ${index}`)));
  t.is(answers.filter(({ status }) => status === 200).length, 1);
  t.true(answers.every(({ status, json }) => status === 200 || ['invitation-invalid', 'rate-limited'].includes(json.code)));
});

test('a weak password or a taken name leave the link as it was', async (t) => {
  const relay = await Relay.start(t);
  const invitation = await invite(relay);
  t.is((await accept(relay, invitation, 'ann', { password: 'short' })).json.code, 'password-weak');
  t.is((await accept(relay, invitation, 'ann', { password: 'passwordpassword' })).json.code, 'password-weak');
  t.is((await accept(relay, invitation, 'Technician')).json.code, 'name-taken');
  t.is((await accept(relay, invitation, 'ann')).status, 200);
  t.is((await accept(relay, await invite(relay), 'ANN')).json.code, 'name-taken');
});

test('only administrators invite', async (t) => {
  const relay = await Relay.start(t);
  const body = { id: anyId(), accessDigest: '0'.repeat(64), notAfter: 2_000_000_000 };
  t.is((await relay.ask('/api/invitations', { method: 'POST', token: await relay.tokenOf('technician'), body })).json.code, 'forbidden');
});
