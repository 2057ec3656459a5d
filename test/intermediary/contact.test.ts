/** Contact settings at the intermediary: who may set and see what, how they reach agents, and what becomes of bad ones. */
import test from 'ava';
import type { ExecutionContext } from 'ava';
import type { ContactOverrides, ContactScope } from '../../protocol/contact-settings.ts';
import { readContact } from '../../protocol/statements/read.ts';
import { contactType } from '../../protocol/statements/contact.ts';
import type { ContactStatement } from '../../protocol/statements/contact.ts';
import { signStatement } from '../../protocol/statements/dsse.ts';
import { toJson } from '../../protocol/statements/envelope-json.ts';
import { anyId } from '../support/invited.ts';
import { connectedAgent } from '../support/protocol-agent.ts';
import type { ProtocolAgent } from '../support/protocol-agent.ts';
import { Relay } from '../support/relay.ts';
import type { Who } from '../support/relay.ts';
import { namedSigner } from '../support/signers.ts';

type Scene = { readonly relay: Relay; readonly home: ProtocolAgent; readonly away: ProtocolAgent };

async function scene(t: ExecutionContext): Promise<Scene> {
  const relay = await Relay.start(t);
  const [home, away] = await Promise.all(['home', 'away'].map(async (site) => connectedAgent(relay, await relay.enrolment(site))));
  if (home === undefined || away === undefined) throw new Error('no agents');
  t.teardown(() => [home, away].forEach((agent) => agent.end()));
  await Promise.all([home, away].map((agent) => relay.shows(t, agent.agentId, true)));
  return { relay, home, away };
}

function statementOf(relay: Relay, scope: ContactScope, part: Partial<ContactStatement> = {}): ContactStatement {
  return { scope, overrides: { intervalSeconds: 60 }, version: 1, policy: relay.policy.version, issuedAt: Math.floor(Date.now() / 1000), ...part };
}

type Offer = { readonly by: Who; readonly signedBy?: string; readonly type?: string; readonly part?: Partial<ContactStatement> };

/** The version that was taken, or the code of the refusal. */
async function offer(relay: Relay, scope: ContactScope, { by, signedBy = by, type = contactType, part = {} }: Offer): Promise<string | number> {
  const envelope = await signStatement(type, statementOf(relay, scope, part), [namedSigner(signedBy)]);
  const { json } = await relay.ask('/api/contact', { method: 'PUT', token: await relay.tokenOf(by), body: toJson(envelope) });
  return json.version ?? json.code;
}

/** Overrides in force, farthest first, as this person sees them; or the code of the refusal. */
async function seen(relay: Relay, by: Who, query: string): Promise<string | ContactOverrides[]> {
  const { json } = await relay.ask(`/api/contact${query}`, { token: await relay.tokenOf(by) });
  return Array.isArray(json) ? json.map(({ overrides }: { overrides: ContactOverrides }) => overrides) : json.code;
}

function contactOf(agent: ProtocolAgent): ContactStatement[] {
  return agent.received.flatMap((message) => {
    const statement = message.kind === 'contact-settings' ? readContact(message.envelope.payload) : undefined;
    return statement?.ok === true ? [statement.value] : [];
  });
}

test('each kind of person may set and see just what the policy lets them', async (t) => {
  const { relay, home, away } = await scene(t);
  const scopes: Record<string, [ContactScope, string]> = {
    'a machine at home': [{ agent: home.agentId }, `?agent=${home.agentId}`],
    'a machine away': [{ agent: away.agentId }, `?agent=${away.agentId}`],
    'the site home': [{ site: 'home' }, '?site=home'],
    'the site away': [{ site: 'away' }, '?site=away'],
    'everywhere': [{ everywhere: true }, ''],
    'a machine that is not there': [{ agent: anyId() }, `?agent=${anyId()}`],
  };
  const none = 'no-such-machine';
  const table: Record<string, Record<Who, readonly [set: string, see: string]>> = {
    'a machine at home': { admin: ['taken', 'seen'], technician: ['taken', 'seen'], elsewhere: [none, none], stranger: [none, none] },
    'a machine away': { admin: ['taken', 'seen'], technician: [none, none], elsewhere: ['taken', 'seen'], stranger: [none, none] },
    'the site home': { admin: ['taken', 'seen'], technician: ['taken', 'seen'], elsewhere: [none, none], stranger: [none, none] },
    'the site away': { admin: ['taken', 'seen'], technician: [none, none], elsewhere: ['taken', 'seen'], stranger: [none, none] },
    'everywhere': { admin: ['taken', 'seen'], technician: ['out-of-scope', 'seen'], elsewhere: ['out-of-scope', 'seen'], stranger: [none, none] },
    'a machine that is not there': { admin: [none, none], technician: [none, none], elsewhere: [none, none], stranger: [none, none] },
  };
  for (const [name, [scope, query]] of Object.entries(scopes)) {
    let version = 1;
    for (const by of ['admin', 'technician', 'elsewhere', 'stranger'] as const) {
      const set = await offer(relay, scope, { by, part: { version } });
      if (typeof set === 'number') version += 1;
      const see = await seen(relay, by, query);
      t.deepEqual([typeof set === 'number' ? 'taken' : set, typeof see === 'string' ? see : 'seen'], [...(table[name]?.[by] ?? [])], `${name} by ${by}`);
    }
  }
});

test('without the right, beyond the number of machines, and against the rule of two people nothing is set', async (t) => {
  const { relay, home } = await scene(t);
  const second = await connectedAgent(relay, await relay.enrolment('home'));
  t.teardown(() => second.end());
  const role = (part: object) => relay.changePolicy((policy) => ({ ...policy, roles: policy.roles.map((each) => (each.name === 'home' ? { ...each, ...part } : each)) }));
  const by = 'technician';
  await role({ maxTargets: 1 });
  t.is(await offer(relay, { site: 'home' }, { by }), 'too-many-targets');
  t.is(await offer(relay, { agent: home.agentId }, { by }), 1);
  await role({ deny: ['agent.settings'] });
  t.is(await offer(relay, { agent: home.agentId }, { by, part: { version: 2 } }), 'primitive-denied');
  await role({ deny: [], highestRisk: 'read' });
  t.is(await offer(relay, { agent: home.agentId }, { by, part: { version: 2 } }), 'risk-denied');
  await relay.changePolicy((policy) => ({ ...policy, approvals: [{ risk: 'change', people: 2 }] }));
  t.is(await offer(relay, { agent: home.agentId }, { by: 'admin', part: { version: 2 } }), 'approvals-missing');
});

test('each fault is refused with its own code and logged, and reaches no agent', async (t) => {
  const { relay, home } = await scene(t);
  const scope = { agent: home.agentId };
  const faults: readonly (readonly [string, Offer])[] = [
    ['statement-type-unknown', { by: 'technician', type: 'application/vnd.behest.policy.v1+json' }],
    ['signer-unknown', { by: 'technician', signedBy: 'nobody' }],
    ['forbidden', { by: 'technician', signedBy: 'admin' }],
    ['statement-malformed', { by: 'technician', part: { overrides: JSON.parse('{"intervalSeconds":1}') } }],
    ['statement-malformed', { by: 'technician', part: { overrides: JSON.parse('{"loud":true}') } }],
    ['policy-unknown', { by: 'technician', part: { policy: 9 } }],
    ['conflict', { by: 'technician', part: { version: 2 } }],
  ];
  for (const [code, fault] of faults) t.is(await offer(relay, scope, fault), code);
  const token = await relay.tokenOf('technician');
  t.is((await relay.ask('/api/contact', { method: 'PUT', token, body: { payloadType: 'x' } })).json.code, 'request-malformed');
  t.is((await relay.ask('/api/contact?agent=x', { token })).json.code, 'request-malformed');
  const altered = JSON.parse(toJson(await signStatement(contactType, statementOf(relay, scope), [namedSigner('technician')])));
  altered.payload = Buffer.from(Buffer.from(altered.payload, 'base64').toString().replace('60', '61')).toString('base64');
  t.is((await relay.ask('/api/contact', { method: 'PUT', token, body: altered })).json.code, 'signature-invalid');
  const logged = (await relay.now.audit.read(0, 500)).filter(({ kind }) => kind === 'contact-refused').map(({ data }) => JSON.parse(data).code);
  t.deepEqual(logged, [...faults.map(([code]) => code), 'signature-invalid']);
  t.deepEqual(contactOf(home), []);
  t.is(await offer(relay, scope, { by: 'technician' }), 1);
  t.is(await offer(relay, scope, { by: 'technician' }), 'conflict');
});

test('settings reach the agents they are for at once, those that come later at their check-in, and each only once', async (t) => {
  const { relay, home, away } = await scene(t);
  t.is(await offer(relay, { site: 'home' }, { by: 'technician' }), 1);
  await home.until(() => contactOf(home).length === 1);
  t.is(await offer(relay, { everywhere: true }, { by: 'admin', part: { overrides: { retries: 1 } } }), 1);
  await Promise.all([home.until(() => contactOf(home).length === 2), away.until(() => contactOf(away).length === 1)]);
  // a second check-in that still names the old versions, as after a refusal: it is not brought again
  home.checkIn();
  t.is(await offer(relay, { site: 'home' }, { by: 'technician', part: { version: 2 } }), 2);
  await home.until(() => contactOf(home).length === 3);
  t.deepEqual(contactOf(home).map(({ scope, version }) => [Object.keys(scope)[0], version]), [['site', 1], ['everywhere', 1], ['site', 2]]);

  const later = await connectedAgent(relay, await relay.enrolment('home'));
  t.teardown(() => later.end());
  await later.until(() => contactOf(later).length === 2);
  t.deepEqual(contactOf(later).map(({ scope, version }) => [Object.keys(scope)[0], version]), [['everywhere', 1], ['site', 2]]);

  home.end();
  await relay.shows(t, home.agentId, false);
  home.contact = { everywhere: 1, site: 2, agent: 0 };
  await home.connect();
  await relay.shows(t, home.agentId, true);
  t.is(contactOf(home).length, 3, 'what it has it is not brought');
  const { json } = await relay.ask(`/api/machines/${home.agentId}`, { token: await relay.tokenOf('technician') });
  t.deepEqual(json.contact, { everywhere: 1, site: 2, agent: 0 });
});

test('settings and who made them are kept over a restart and stand in the audit log', async (t) => {
  const { relay, home } = await scene(t);
  t.is(await offer(relay, { agent: home.agentId }, { by: 'technician', part: { overrides: { mode: 'polling' } } }), 1);
  await relay.restart();
  const { json } = await relay.ask(`/api/contact?agent=${home.agentId}`, { token: await relay.tokenOf('admin') });
  t.like(json[0], { scope: { agent: home.agentId }, overrides: { mode: 'polling' }, version: 1, setBy: { name: 'technician' } });
  const [entry] = (await relay.now.audit.read(0, 500)).filter(({ kind }) => kind === 'contact-changed');
  t.like(JSON.parse(entry?.data ?? '{}'), { scope: { agent: home.agentId }, overrides: { mode: 'polling' }, version: 1 });
});

test('how a machine got here is shown, and stays shown with its time when the machine is gone', async (t) => {
  const { relay, home } = await scene(t);
  const token = await relay.tokenOf('technician');
  const shown = async () => (await relay.ask(`/api/machines/${home.agentId}`, { token })).json.reached;
  t.is(await shown(), undefined);
  const way = { transport: 'https-long-poll', path: 'proxy http://10.0.0.5:3128', address: 'relay.example:443' };
  const failed = [{ ...way, transport: 'wss', code: 'connection-lost', detail: 'cut', atMs: 5 }];
  const live = await relay.live(t, 'technician');
  live.send({ kind: 'watch', topic: { of: 'machines' } });
  await live.next('current');
  home.send({ kind: 'reached', way, failed });
  await live.next('machine', ({ machine }) => machine.reached !== undefined);
  home.end();
  await relay.shows(t, home.agentId, false);
  t.like(await shown(), { way, failed });
  t.true(Number.isInteger((await shown()).atMs));
});
