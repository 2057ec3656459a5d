import test from 'ava';
import { base64Url } from '../../protocol/bytes.ts';
import { signStatement } from '../../protocol/statements/dsse.ts';
import { acceptPolicy, administers, approvalsNeeded, approved, findKey, mayReach, permits } from '../../protocol/statements/policy-rules.ts';
import type { PermissionRequest } from '../../protocol/statements/policy-rules.ts';
import { policyType } from '../../protocol/statements/policy.ts';
import type { KeyKind, Person, Policy, Role } from '../../protocol/statements/policy.ts';
import type { Root } from '../../protocol/statements/root.ts';
import { namedSigner } from '../support/signers.ts';

const ann = namedSigner('ann');
const bob = namedSigner('bob');
const cli = namedSigner('cli');
const page = namedSigner('page');
const friend = namedSigner('friend');
const agentId = 'a'.repeat(32);
const far = 2 ** 35;

const root: Root = { version: 1, issuedAt: 1000, owners: [ann.publicKey, bob.publicKey], threshold: 1, intermediary: { key: base64Url(new Uint8Array(32)), addresses: ['relay.example:443'] } };

function role(name: string, part: Partial<Role>): Role {
  return { name, sites: ['*'], agents: [], allow: ['*'], deny: [], highestRisk: 'destroy', maxTargets: 100, administers: false, ...part };
}

function person(number: number, keys: readonly (readonly [ReturnType<typeof namedSigner>, KeyKind, number?])[], roles: string[]): Person {
  return { id: number.toString(16).padStart(32, '0'), name: `person ${number}`, roles, keys: keys.map(([{ publicKey }, kind, notAfter]) => ({ ...publicKey, kind, notAfter: notAfter ?? far })) };
}

function policy(part: Partial<Policy>): Policy {
  return { version: 5, issuedAt: 1000, people: [person(1, [[cli, 'cli'], [page, 'web']], ['all']), person(2, [[friend, 'web']], ['all'])], roles: [role('all', {})], keyKinds: { web: 'change', cli: 'destroy', webauthn: 'control' }, approvals: [], ...part };
}

const request: PermissionRequest = { keyId: cli.keyId, agentId, site: 'home', primitive: 'shell.execute', risk: 'control', targetCount: 1 };

function ask(part: Partial<Policy>, asked: Partial<PermissionRequest> = {}): string {
  const answer = permits(policy(part), { ...request, ...asked } as PermissionRequest);
  return answer.ok ? 'permitted' : answer.code;
}

const roles = (...parts: Partial<Role>[]): Partial<Policy> => {
  const named = parts.map((part, index) => role(`role ${index}`, part));
  return { roles: named, people: [person(1, [[cli, 'cli'], [page, 'web']], named.map(({ name }) => name))] };
};

test('scope is by site, by machine or everywhere', (t) => {
  t.is(ask(roles({ sites: ['home'] })), 'permitted');
  t.is(ask(roles({ sites: ['away'] })), 'out-of-scope');
  t.is(ask(roles({ sites: [], agents: [agentId] })), 'permitted');
  t.is(ask(roles({ sites: [], agents: ['b'.repeat(32)] })), 'out-of-scope');
  t.is(ask(roles({ sites: ['*'] })), 'permitted');
  t.is(ask({ people: [person(1, [[cli, 'cli']], [])] }), 'out-of-scope');
  t.is(ask({ people: [person(1, [[cli, 'cli']], ['no such role'])] }), 'out-of-scope');
});

test('a primitive is allowed by name, family or star', (t) => {
  t.is(ask(roles({ allow: ['shell.execute'] })), 'permitted');
  t.is(ask(roles({ allow: ['shell.*'] })), 'permitted');
  t.is(ask(roles({ allow: ['shell.exec', 'shel.*', 'shellx.*'] })), 'primitive-denied');
  t.is(ask(roles({ allow: [] })), 'primitive-denied');
});

test('deny outweighs allow, also from another role, but only where that role reaches', (t) => {
  t.is(ask(roles({ deny: ['shell.*'] })), 'primitive-denied');
  t.is(ask(roles({}, { allow: [], deny: ['shell.execute'] })), 'primitive-denied');
  t.is(ask(roles({ sites: ['home'] }, { sites: ['away'], deny: ['*'] })), 'permitted');
});

test('one role must allow primitive, risk and count together', (t) => {
  t.is(ask(roles({ highestRisk: 'change' })), 'risk-denied');
  t.is(ask(roles({ highestRisk: 'change' }, { allow: ['file.*'], highestRisk: 'destroy' })), 'risk-denied');
  t.is(ask(roles({ maxTargets: 10 }), { targetCount: 11 }), 'too-many-targets');
  t.is(ask(roles({ maxTargets: 10 }, { maxTargets: 50, highestRisk: 'read' }), { targetCount: 11 }), 'too-many-targets');
  t.is(ask(roles({ maxTargets: 10 }, { maxTargets: 50 }), { targetCount: 11 }), 'permitted');
});

test('the kind of key limits the risk; without a key it does not', (t) => {
  t.is(ask({}, { keyId: page.keyId }), 'key-kind-denied');
  t.is(ask({}, { keyId: page.keyId, risk: 'change' }), 'permitted');
  const { keyId: _, ...rest } = request as { keyId: string } & PermissionRequest;
  t.true(permits(policy({}), { ...rest, personId: '1'.padStart(32, '0') } as PermissionRequest).ok);
});

test('unknown and expired keys', (t) => {
  t.is(ask({}, { keyId: 'f'.repeat(32) }), 'signer-unknown');
  const ending = { people: [person(1, [[cli, 'cli', 2000]], ['all'])] };
  t.is(ask(ending, { nowSeconds: 2001 }), 'signer-expired');
  t.is(ask(ending, { nowSeconds: 2000 }), 'permitted');
});

test('approvals count people, not keys, and want one that no page made', (t) => {
  const rules = policy({ approvals: [{ risk: 'disrupt', people: 2 }, { risk: 'destroy', people: 3 }] });
  t.deepEqual((['read', 'change', 'disrupt', 'control', 'destroy'] as const).map((risk) => approvalsNeeded(rules, risk)), [1, 1, 2, 2, 3]);
  const of = (...keys: ReturnType<typeof namedSigner>[]) => approved(rules, 'disrupt', keys.map(({ keyId }) => findKey(rules, keyId)!)).ok;
  t.true(of(cli, friend));
  t.false(of(cli, page));
  t.false(of(page, friend));
  t.true(of(page, cli, friend));
  t.true(approved(rules, 'read', [findKey(rules, page.keyId)!]).ok);
});

test('seeing and administering', (t) => {
  const rules = policy(roles({ sites: ['home'], administers: true }));
  const id = '1'.padStart(32, '0');
  t.true(mayReach(rules, id, agentId, 'home'));
  t.false(mayReach(rules, id, agentId, 'away'));
  t.false(mayReach(rules, '9'.padStart(32, '0'), agentId, 'home'));
  t.true(administers(rules, id));
  t.false(administers(policy({}), id));
});

async function offer(current: Policy | undefined, next: object, signers = [ann]): Promise<string> {
  const outcome = await acceptPolicy(root, current, await signStatement(policyType, next, signers));
  return outcome.ok ? 'accepted' : outcome.code;
}

test('a policy is taken only from the owners and only forward', async (t) => {
  t.is(await offer(undefined, policy({})), 'accepted');
  t.is(await offer(policy({}), policy({ version: 6 })), 'accepted');
  t.is(await offer(policy({}), policy({ version: 60 })), 'accepted');
  t.is(await offer(policy({}), policy({ version: 4 })), 'policy-outdated');
  t.is(await offer(policy({}), policy({ version: 6 }), [cli]), 'policy-refused');
});

test('the same version again is nothing new; with other bytes it is refused', async (t) => {
  t.is(await offer(policy({}), policy({})), 'accepted');
  t.is(await offer(policy({}), policy({ issuedAt: 1001 })), 'policy-refused');
});

test('an owner who was removed no longer signs policies', async (t) => {
  const later: Root = { ...root, version: 2, owners: [bob.publicKey] };
  t.like(await acceptPolicy(later, undefined, await signStatement(policyType, policy({}), [ann])), { ok: false, code: 'policy-refused' });
  t.true((await acceptPolicy(later, undefined, await signStatement(policyType, policy({}), [bob]))).ok);
});

test('a policy that confuses people, keys or roles is refused', async (t) => {
  t.is(await offer(undefined, policy({ people: [person(1, [[cli, 'cli']], []), person(1, [[page, 'web']], [])] })), 'policy-refused');
  t.is(await offer(undefined, policy({ people: [person(1, [[cli, 'cli']], []), person(2, [[cli, 'cli']], [])] })), 'policy-refused');
  t.is(await offer(undefined, policy({ roles: [role('a', {}), role('a', {})] })), 'policy-refused');
  const misnamed = person(1, [[cli, 'cli']], []);
  t.is(await offer(undefined, policy({ people: [{ ...misnamed, keys: [{ ...misnamed.keys[0]!, id: page.keyId }] }] })), 'policy-refused');
});
