/**
 * What a policy means. Agent, intermediary and consoles ask the same functions, so a console never offers what the
 * agent would refuse; only the agent's answer counts.
 */
import type { Envelope } from '../envelope.ts';
import { textOf } from '../bytes.ts';
import { failure, success } from '../outcome.ts';
import type { Outcome } from '../outcome.ts';
import { riskWithin } from '../primitive.ts';
import type { Risk } from '../primitive.ts';
import { policyType } from './policy.ts';
import type { Person, Policy, PolicyKey, Role, TunnelRule } from './policy.ts';
import { readPolicy } from './read.ts';
import { signedByOwners, unfitKeys } from './root-chain.ts';
import type { Root } from './root.ts';

/**
 * The policy in `envelope`, if the owners of `root` have signed it and it is newer than `current`, or is `current`
 * itself to the byte. Fails with `policy-refused`, `policy-outdated`, `statement-malformed` or `statement-type-unknown`.
 */
export async function acceptPolicy(root: Root, current: Policy | undefined, envelope: Envelope): Promise<Outcome<Policy>> {
  if (envelope.payloadType !== policyType) return failure('statement-type-unknown', envelope.payloadType);
  if (!(await signedByOwners(root, envelope))) return failure('policy-refused', `not signed by ${root.threshold} owners of root ${root.version}`);
  const offered = readPolicy(envelope.payload);
  if (!offered.ok) return offered;
  const { version } = offered.value;
  if (current !== undefined && version < current.version) return failure('policy-outdated', `version ${version} after ${current.version}`);
  if (current?.version === version) {
    return textOf(envelope.payload) === JSON.stringify(current) ? success(current) : failure('policy-refused', `another policy of version ${version}`);
  }
  const wrong = await whatIsWrong(offered.value);
  return wrong === undefined ? offered : failure('policy-refused', wrong);
}

/** Ids and names must tell people, keys and roles apart: two people behind one key would count as two signers. */
async function whatIsWrong(policy: Policy): Promise<string | undefined> {
  if (hasTwice(policy.people.map((person) => person.id))) return 'a person stands twice';
  if (hasTwice(policy.roles.map((role) => role.name))) return 'a role stands twice';
  return unfitKeys(policy.people.flatMap((person) => person.keys));
}

function hasTwice(names: readonly string[]): boolean {
  return new Set(names).size !== names.length;
}

export type KeyHolder = { readonly person: Person; readonly key: PolicyKey };

/** Looked up for every directive, and a policy may have thousands of keys: indexed once for each policy. */
const keyIndexes = new WeakMap<Policy, ReadonlyMap<string, KeyHolder>>();

/** Whose key this is. Expiry is not looked at. */
export function findKey(policy: Policy, keyId: string): KeyHolder | undefined {
  let index = keyIndexes.get(policy);
  if (index === undefined) {
    index = new Map(policy.people.flatMap((person) => person.keys.map((key) => [key.id, { person, key }])));
    keyIndexes.set(policy, index);
  }
  return index.get(keyId);
}

/** The key that signs: its kind and, with `nowSeconds`, its expiry count too. Or the person alone. */
export type Requester = { readonly keyId: string } | { readonly personId: string };

export type PermissionRequest = Requester & {
  readonly nowSeconds?: number;
  readonly agentId: string;
  readonly site: string;
  /** `family.verb`. */
  readonly primitive: string;
  readonly risk: Risk;
  /** Machines under the one signature. */
  readonly targetCount: number;
};

/**
 * Whether this person, with this key, may do this there. Roles that do not reach the machine count for nothing; of those
 * that do, one that denies the primitive outweighs all that allow it. Fails, in this order, with `signer-unknown`,
 * `signer-expired`, `out-of-scope`, `primitive-denied`, `risk-denied`, `key-kind-denied`, `too-many-targets`.
 */
export function permits(policy: Policy, request: PermissionRequest): Outcome<{ readonly person: Person }> {
  const signer = signerOf(policy, request);
  if (!signer.ok) return signer;
  const { person, key } = signer.value;
  const { agentId, site, primitive, risk, targetCount } = request;
  const reaching = rolesOf(policy, person).filter((role) => reaches(role, agentId, site));
  if (reaching.length === 0) return failure('out-of-scope', `${person.name} may not reach this machine`);
  const allowing = reaching.filter((role) => matchesAny(role.allow, primitive));
  if (allowing.length === 0 || reaching.some((role) => matchesAny(role.deny, primitive))) return failure('primitive-denied', `${person.name} may not use ${primitive}`);
  const daring = allowing.filter((role) => riskWithin(risk, role.highestRisk));
  if (daring.length === 0) return failure('risk-denied', `the risk of ${primitive} is ${risk}`);
  if (key !== undefined && !riskWithin(risk, policy.keyKinds[key.kind])) return failure('key-kind-denied', `a ${key.kind} key may sign up to ${policy.keyKinds[key.kind]}`);
  if (!daring.some((role) => targetCount <= role.maxTargets)) return failure('too-many-targets', `${targetCount} machines under one signature`);
  return success({ person });
}

function signerOf(policy: Policy, request: PermissionRequest): Outcome<{ person: Person; key?: PolicyKey }> {
  if ('personId' in request) {
    const person = findPerson(policy, request.personId);
    return person === undefined ? failure('signer-unknown', `no person ${request.personId}`) : success({ person });
  }
  const { keyId, nowSeconds } = request;
  const holder = findKey(policy, keyId);
  if (holder === undefined) return failure('signer-unknown', `no key ${keyId}`);
  if (nowSeconds !== undefined && holder.key.notAfter < nowSeconds) return failure('signer-expired', `the key of ${holder.person.name} is past its time`);
  return success(holder);
}

/**
 * Whether enough different people stand behind the same bytes for this risk, one of them with a key that no page made.
 * `signers` are those whose signatures hold and who may do it themselves; two keys of one person count once.
 */
export function approved(policy: Policy, risk: Risk, signers: readonly KeyHolder[]): Outcome<void> {
  const needed = approvalsNeeded(policy, risk);
  const people = new Set(signers.map(({ person }) => person.id)).size;
  if (people < needed) return failure('approvals-missing', `${people} of ${needed} people have signed`);
  if (needed > 1 && signers.every(({ key }) => key.kind === 'web')) return failure('approvals-missing', 'every signature is by a key that a page made');
  return success(undefined);
}

/** How many different people must sign something of this risk: 1 is the author alone. */
export function approvalsNeeded(policy: Policy, risk: Risk): number {
  return Math.max(1, ...policy.approvals.filter((rule) => riskWithin(rule.risk, risk)).map((rule) => rule.people));
}

/** Whether the person may see this machine at all. */
export function mayReach(policy: Policy, personId: string, agentId: string, site: string): boolean {
  const person = findPerson(policy, personId);
  return person !== undefined && rolesOf(policy, person).some((role) => reaches(role, agentId, site));
}

/** Where tunnels of this person may lead from this machine: the rules of the roles that let them use `primitive` there. */
export function tunnelRules(policy: Policy, { personId, agentId, site, primitive }: { personId: string; agentId: string; site: string; primitive: string }): readonly TunnelRule[] {
  const person = findPerson(policy, personId);
  const reaching = person === undefined ? [] : rolesOf(policy, person).filter((role) => reaches(role, agentId, site));
  if (reaching.some((role) => matchesAny(role.deny, primitive))) return [];
  return reaching.filter((role) => matchesAny(role.allow, primitive)).flatMap((role) => role.tunnels ?? []);
}

/** Whether the person may invite, enrol and read the whole audit log. */
export function administers(policy: Policy, personId: string): boolean {
  const person = findPerson(policy, personId);
  return person !== undefined && rolesOf(policy, person).some((role) => role.administers);
}

function findPerson(policy: Policy, personId: string): Person | undefined {
  return policy.people.find((person) => person.id === personId);
}

function rolesOf(policy: Policy, person: Person): Role[] {
  return policy.roles.filter((role) => person.roles.includes(role.name));
}

function reaches(role: Role, agentId: string, site: string): boolean {
  return role.agents.includes(agentId) || role.sites.includes('*') || role.sites.includes(site);
}

/** `shell.execute` is meant by itself, by `shell.*` and by `*`. */
function matchesAny(patterns: readonly string[], primitive: string): boolean {
  const family = `${primitive.split('.', 1)[0] ?? ''}.*`;
  return patterns.some((pattern) => pattern === '*' || pattern === family || pattern === primitive);
}
