/**
 * Contact settings on the machine: who may set them, what is refused, and that what was taken stays.
 */
import { readFileSync } from 'node:fs';
import test from 'ava';
import { SignedSettings } from '../../agent/contact/settings/settings.ts';
import { contactChecks } from '../../agent/trust/contact-checks.ts';
import { textOf, utf8 } from '../../protocol/bytes.ts';
import { defaultContactSettings, settleContact } from '../../protocol/contact-settings.ts';
import type { Envelope } from '../../protocol/envelope.ts';
import type { ErrorCode } from '../../protocol/errors.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import { contactType } from '../../protocol/statements/contact.ts';
import { signStatement } from '../../protocol/statements/dsse.ts';
import { setAt } from '../support/make-directive.ts';
import { namedSigner } from '../support/signers.ts';
import { beginning, openWorld, valueOf } from '../support/world.ts';
import type { World } from '../support/world.ts';
import { take } from './case-files.ts';
import type { Step } from './case-files.ts';

/** How settings differ from honest ones. */
type Make = {
  readonly signer?: string;
  readonly set?: Readonly<Record<string, unknown>>;
  readonly type?: string;
  /** Done to what was signed. */
  readonly replace?: readonly [string, string];
  readonly keyOf?: string;
};
type ContactStep = Step | { readonly set: Make };
type Case = { readonly name: string; readonly check: string; readonly says: string; readonly given?: readonly ContactStep[]; readonly make: Make; readonly meanwhile?: readonly ContactStep[]; readonly expected: ErrorCode };

const cases: readonly Case[] = JSON.parse(readFileSync(new URL('contact-cases.json', import.meta.url), 'utf8'));

/** A machine of the site `home` under a policy whose technicians, readers and people of elsewhere have the right by its name. */
async function settable(): Promise<World> {
  const world = await openWorld();
  const right = ['agent.*', 'test.*'];
  await take(world, { policy: { 'roles.0.allow': right, 'roles.1.allow': right, 'roles.2.allow': right } }, '');
  return world;
}

/** Settings of a technician for the site, but for what `make` says. */
async function signed(world: World, make: Make): Promise<Envelope> {
  const statement = { scope: { site: 'home' }, overrides: { intervalSeconds: 61 }, version: 1, policy: world.policy.version, issuedAt: beginning };
  for (const [path, value] of Object.entries(make.set ?? {})) setAt(statement, path, value);
  const envelope = await signStatement(make.type ?? contactType, statement, [namedSigner(make.signer ?? 'tech')]);
  const [first] = envelope.signatures;
  if (first === undefined) throw new Error('not signed');
  const signatures = make.keyOf === undefined ? envelope.signatures : [{ ...first, keyId: namedSigner(make.keyOf).keyId }];
  const payload = make.replace === undefined ? envelope.payload : utf8((textOf(envelope.payload) ?? '').replace(...make.replace));
  return { ...envelope, signatures, payload };
}

async function step(world: World, each: ContactStep): Promise<void> {
  if ('set' in each) valueOf(await world.trust.acceptContact(await signed(world, each.set)));
  else await take(world, JSON.parse(JSON.stringify(each).replaceAll('$me', world.trust.identity.agentId)), '');
}

async function offer(world: World, make: Make = {}): Promise<Outcome<void>> {
  return world.trust.acceptContact(await signed(world, make));
}

for (const { name, says, given = [], make, meanwhile = [], expected } of cases) {
  test(`refused: ${name}`, async (t) => {
    const world = await settable();
    t.teardown(() => world.end());
    for (const each of given) await step(world, each);
    const envelope = await signed(world, make);
    for (const each of meanwhile) await step(world, each);
    const before = world.trust.contact.versions;
    const taken = await world.trust.acceptContact(envelope);
    t.is(taken.ok ? 'taken' : taken.code, expected, says);
    t.deepEqual(world.trust.contact.versions, before);
  });
}

test('every check and every code it can give has a case', (t) => {
  const wanted = contactChecks.flatMap(({ name, codes }) => codes.map((code) => `${name}: ${code}`));
  t.deepEqual([...new Set(cases.map(({ check, expected }) => `${check}: ${expected}`))].toSorted(), wanted.toSorted());
});

test('settings fall to the farther scope field by field, survive a restart, and an empty set clears a scope', async (t) => {
  const world = await settable();
  t.teardown(() => world.end());
  const present = () => settleContact(world.trust.contact.overrides);
  t.deepEqual(present(), defaultContactSettings);
  await take(world, { policy: { 'roles.0.sites': ['*'] } }, '');
  valueOf(await offer(world, { set: { scope: { agent: world.trust.identity.agentId }, overrides: { mode: 'polling' } } }));
  valueOf(await offer(world, { set: { scope: { everywhere: true }, overrides: { intervalSeconds: 120, mode: 'connected', retries: 9 } } }));
  valueOf(await offer(world));
  const expected = { ...defaultContactSettings, mode: 'polling', intervalSeconds: 61, retries: 9 };
  t.deepEqual(present(), expected);
  world.restart();
  t.deepEqual(present(), expected);
  t.deepEqual(world.trust.contact.versions, { everywhere: 1, site: 1, agent: 1 });
  valueOf(await offer(world, { set: { version: 2, overrides: {} } }));
  t.is(present().intervalSeconds, 120);
});

test('the same settings again do no harm, even when their signer has lost the right: what was made with right stays', async (t) => {
  const world = await settable();
  t.teardown(() => world.end());
  const envelope = await signed(world, {});
  valueOf(await world.trust.acceptContact(envelope));
  await take(world, { policy: { people: [] } }, '');
  world.restart();
  t.deepEqual(await world.trust.acceptContact(envelope), { ok: true, value: undefined });
  t.is(settleContact(world.trust.contact.overrides).intervalSeconds, 61);
});

test('of two that come at once the newer one stays', async (t) => {
  const world = await settable();
  t.teardown(() => world.end());
  await Promise.all([offer(world, { set: { version: 2, 'overrides.intervalSeconds': 62 } }), offer(world, { set: { version: 1 } })]);
  t.is(settleContact(world.trust.contact.overrides).intervalSeconds, 62);
});

test('whoever asked is told of settings that made a difference, and of no others', (t) => {
  let overrides: { intervalSeconds?: number }[] = [];
  const settings = new SignedSettings(() => overrides);
  const told: number[] = [];
  settings.onChanged(() => told.push(settings.present().intervalSeconds));
  settings.reread();
  overrides = [{ intervalSeconds: 60 }];
  settings.reread();
  settings.reread();
  overrides = [{ intervalSeconds: 60 }, {}];
  settings.reread();
  overrides = [];
  settings.reread();
  t.deepEqual(told, [60, 30]);
});
