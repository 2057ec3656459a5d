/** Signing in, and what a page and a stranger can do with a cookie. */
import test from 'ava';
import { limits } from '../../protocol/limits.ts';
import { newUser, password, signInPage } from '../support/invited.ts';
import { LiveClient } from '../support/live-client.ts';
import { Relay } from '../support/relay.ts';
import { ShiftClock } from '../support/shift-clock.ts';

function signIn(relay: Relay, name: string, given: string) {
  return relay.ask('/api/sign-in', { method: 'POST', body: { name, password: given } });
}

test('the right password gives a cookie that scripts and other sites cannot use', async (t) => {
  const relay = await Relay.start(t);
  const { personId } = await newUser(relay, 'ann');
  const answer = await signIn(relay, 'Ann', password);
  t.is(answer.status, 200);
  t.like(answer.json, { personId, name: 'ann' });
  const [cookie = ''] = answer.headers['set-cookie'] ?? [];
  t.regex(cookie, /^__Host-behest=[\w-]{43};/);
  for (const flag of ['HttpOnly', 'Secure', 'SameSite=Strict', 'Path=/']) t.true(cookie.includes(flag), flag);
  t.false(cookie.includes('Domain'));
  const me = await relay.ask('/api/me', { headers: { cookie: cookie.split(';', 1)[0] ?? '' } });
  t.like(me.json, { personId, name: 'ann', csrf: answer.json.csrf });
});

test('a wrong password, an unknown name and a person out of the policy are refused alike, and take as long', async (t) => {
  const relay = await Relay.start(t);
  await newUser(relay, 'ann');
  const took = async (name: string, given: string): Promise<number> => {
    const at = performance.now();
    const answer = await signIn(relay, name, given);
    t.is(answer.status, 401);
    t.is(answer.json.code, 'sign-in-refused');
    return performance.now() - at;
  };
  const [wrong, unknown]: [number[], number[]] = [[], []];
  // in turns, and the quickest of each counts, so that other work on the machine weighs on both alike
  for (let round = 0; round < 4; round += 1) {
    wrong.push(await took('ann', `wrong password ${round}`));
    unknown.push(await took('nobody', `wrong password ${round}`));
  }
  t.true(Math.min(...unknown) > Math.min(...wrong) / 3, `${unknown} beside ${wrong}`);
  await relay.changePolicy((policy) => ({ ...policy, people: policy.people.filter(({ name }) => name !== 'ann') }));
  t.is((await signIn(relay, 'ann', password)).status, 401);
});

test('guessing is stopped by the minute, and the person who has signed in before is not locked out by it', async (t) => {
  const clock = new ShiftClock();
  const relay = await Relay.start(t, { clock });
  await newUser(relay, 'ann');
  await signInPage(relay, 'ann');
  const codes: string[] = [];
  for (let attempt = 0; attempt < limits.signInPerMinute + 2; attempt += 1) codes.push((await signIn(relay, 'ann', 'wrong wrong wrong')).json.code);
  t.is(codes.at(-1), 'rate-limited');
  clock.shift(61_000);
  t.is((await signIn(relay, 'ann', password)).status, 200);
});

test('a challenge can be answered once, and only by the key it was asked for', async (t) => {
  const relay = await Relay.start(t);
  t.truthy(await relay.signIn('technician'));
  const { json } = await relay.ask('/api/sign-in/challenge', { method: 'POST', body: { keyId: '0'.repeat(32) } });
  t.regex(json.challenge, /^[\w-]{43}$/);
  const forged = await relay.ask('/api/sign-in/key', { method: 'POST', body: { keyId: '0'.repeat(32), challenge: json.challenge, signature: 'A'.repeat(86) } });
  t.is(forged.json.code, 'sign-in-refused');
});

test('a change with a cookie needs the csrf word and the page’s own origin', async (t) => {
  const relay = await Relay.start(t);
  await newUser(relay, 'ann');
  const { cookie, csrf } = await signInPage(relay, 'ann');
  const signOut = (headers: Record<string, string>) => relay.ask('/api/sign-out', { method: 'POST', headers: { cookie, ...headers } });
  t.is((await signOut({})).json.code, 'origin-refused');
  t.is((await signOut({ 'x-behest-csrf': 'wrong' })).json.code, 'origin-refused');
  t.is((await signOut({ 'x-behest-csrf': csrf, origin: 'https://evil.example' })).json.code, 'origin-refused');
  t.is((await signOut({ 'x-behest-csrf': csrf, origin: `https://127.0.0.1:${relay.port}` })).status, 200);
  t.is((await relay.ask('/api/me', { headers: { cookie } })).status, 401);
});

test('a page of another origin cannot even sign in', async (t) => {
  const relay = await Relay.start(t);
  const answer = await relay.ask('/api/sign-in', { method: 'POST', headers: { origin: 'https://evil.example' }, body: { name: 'ann', password } });
  t.is(answer.json.code, 'origin-refused');
});

test('the live socket opens to a page with cookie, csrf word and own origin, and to nothing less', async (t) => {
  const relay = await Relay.start(t);
  await newUser(relay, 'ann');
  const { cookie, csrf } = await signInPage(relay, 'ann');
  const origin = `https://localhost:${relay.port}`;
  const open = (path: string, headers: Record<string, string>, protocols: string[] = []) => LiveClient.open(t, { port: relay.port, authority: relay.authority, path, headers, protocols });
  const full = `/api/live?csrf=${csrf}`;
  await t.throwsAsync(open(full, { cookie }), { message: '401' });
  await t.throwsAsync(open(full, { cookie, origin: 'https://evil.example' }), { message: '403' });
  await t.throwsAsync(open('/api/live', { cookie, origin }), { message: '403' });
  await t.throwsAsync(open(full, { origin }), { message: '401' });
  await t.throwsAsync(open('/api/live', {}, ['behest', 'bearer.nonsense']), { message: '401' });
  await t.throwsAsync(open('/api/live', { origin: 'https://evil.example' }, ['behest', `bearer.${await relay.tokenOf('admin')}`]), { message: '403' });
  const live = await open(full, { cookie, origin });
  live.send({ kind: 'watch', topic: { of: 'machines' } });
  t.truthy(await live.next('current'));
});

test('signing out closes the live sockets of that sign-in', async (t) => {
  const relay = await Relay.start(t);
  const token = await relay.signIn('technician');
  const live = await LiveClient.open(t, { port: relay.port, authority: relay.authority, protocols: ['behest', `bearer.${token}`] });
  const other = await relay.live(t, 'technician');
  await relay.ask('/api/sign-out', { method: 'POST', token });
  t.is((await live.next('signed-out')).code, 'not-signed-in');
  await live.closed;
  t.is(other.socket.readyState, other.socket.OPEN);
});

test('an idle sign-in ends by itself', async (t) => {
  const clock = new ShiftClock();
  const relay = await Relay.start(t, { clock });
  const token = await relay.signIn('technician');
  clock.shift(limits.signInIdleMs + 1000);
  t.is((await relay.ask('/api/me', { token })).status, 401);
});

test('every answer tells browsers what to refuse', async (t) => {
  const relay = await Relay.start(t);
  for (const path of ['/', '/api/me', '/api/nothing', '/healthz']) {
    const { headers } = await relay.ask(path);
    const policy = String(headers['content-security-policy']);
    for (const rule of ["default-src 'self'", "script-src 'self'", "object-src 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'"]) t.true(policy.includes(rule), `${path}: ${rule}`);
    t.false(/script-src[^;]*unsafe/.test(policy));
    t.is(headers['x-content-type-options'], 'nosniff');
    t.is(headers['x-frame-options'], 'DENY');
    t.is(headers['cross-origin-opener-policy'], 'same-origin');
  }
  const docs = await relay.ask('/api/docs/');
  t.is(docs.status, 200);
  t.true(String(docs.headers['content-security-policy']).includes("script-src 'self'"));
});
