/**
 * The first root and the first policy of a small installation, as the quick start signs them.
 */
import { hex } from '../../../protocol/bytes.ts';
import type { Clock, Random } from '../../../protocol/clock.ts';
import type { Envelope } from '../../../protocol/envelope.ts';
import { limits } from '../../../protocol/limits.ts';
import { signStatement } from '../../../protocol/statements/dsse.ts';
import { policyType } from '../../../protocol/statements/policy.ts';
import type { Person, Policy, PolicyKey, TunnelRule } from '../../../protocol/statements/policy.ts';
import { rootType } from '../../../protocol/statements/root.ts';
import type { PublicKey, Root } from '../../../protocol/statements/root.ts';
import type { Owner } from './owner-key.ts';

/** The role that the quick start gives to everybody it signs in. */
export const everything = 'everything';

/** Tunnels lead to the machine itself and to the private networks around it, and not from there into the world. */
const nearby: TunnelRule[] = [{ to: 'machine', firstPort: 1, lastPort: 65_535 }, { to: 'private', firstPort: 1, lastPort: 65_535 }];

/** Keys of the quick start hold for a year. */
const keyLifeMs = 365 * 24 * 3_600_000;

export function signFirstRoot(owner: Owner, intermediary: Root['intermediary'], clock: Clock): Promise<Envelope> {
  const root: Root = { version: 1, issuedAt: seconds(clock), owners: [owner.publicKey], threshold: 1, intermediary };
  return signStatement(rootType, root, [owner.signer]);
}

/** A person with their first key. */
export function newPerson(name: string, key: PolicyKey, random: Random): Person {
  return { id: hex(random(16)), name, keys: [key], roles: [everything] };
}

export function policyKey(key: PublicKey, kind: PolicyKey['kind'], clock: Clock): PolicyKey {
  return { ...key, kind, notAfter: Math.floor((clock.now() + keyLifeMs) / 1000) };
}

/** One role for everything; page keys may `control`, so that trying out is easy (the console says so in a banner). */
export function firstPolicy(people: readonly Person[], clock: Clock): Policy {
  return {
    version: 1,
    issuedAt: seconds(clock),
    people: [...people],
    roles: [{ name: everything, sites: ['*'], agents: [], allow: ['*'], deny: [], highestRisk: 'destroy', maxTargets: limits.maxTargets, administers: true, tunnels: nearby }],
    keyKinds: { web: 'control', cli: 'destroy', webauthn: 'destroy' },
    approvals: [],
  };
}

export function signPolicy(owner: Owner, policy: Policy): Promise<Envelope> {
  return signStatement(policyType, policy, [owner.signer]);
}

function seconds(clock: Clock): number {
  return Math.floor(clock.now() / 1000);
}
