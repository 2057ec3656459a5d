/**
 * A small world for the agent's trust: owners, people with keys of every kind, primitives of every risk, a clock that
 * does as it is told, and one enrolled machine with a real database.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Type } from 'typebox';
import { openTrust } from '../../agent/trust/trust.ts';
import type { Trust } from '../../agent/trust/trust.ts';
import { base64Url, hex } from '../../protocol/bytes.ts';
import { systemRandom } from '../../protocol/clock.ts';
import type { Clock } from '../../protocol/clock.ts';
import type { Envelope } from '../../protocol/envelope.ts';
import { success } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import { definePrimitive } from '../../protocol/primitive.ts';
import type { Primitive, Risk } from '../../protocol/primitive.ts';
import { ProcedureRun } from '../../protocol/procedure/run.ts';
import { payloadDigest, signStatement } from '../../protocol/statements/dsse.ts';
import type { Enrolment } from '../../protocol/statements/enrolment.ts';
import { policyType } from '../../protocol/statements/policy.ts';
import type { KeyKind, Person, Policy, Role } from '../../protocol/statements/policy.ts';
import { rootType } from '../../protocol/statements/root.ts';
import type { Root } from '../../protocol/statements/root.ts';
import { namedSigner } from './signers.ts';
import type { NamedSigner } from './signers.ts';

/** Everything begins at this second. */
export const beginning = 1_800_000_000;
const far = beginning + 365 * 86_400;

export type WorldClock = Clock & { wall(seconds: number): void; pass(seconds: number): void };

/** `wall` sets only what the clock says; `pass` lets time go by. */
export function worldClock(): WorldClock {
  let wallMs = beginning * 1000;
  let monotonicMs = 5000;
  return {
    now: () => wallMs,
    monotonic: () => monotonicMs,
    after: () => ({ cancel: () => undefined }),
    wall: (seconds) => {
      wallMs += seconds * 1000;
    },
    pass: (seconds) => {
      wallMs += seconds * 1000;
      monotonicMs += seconds * 1000;
    },
  };
}

const Params = Type.Object({ text: Type.Optional(Type.String({ maxLength: 300_000 })) }, { additionalProperties: false });

function primitive(name: string, risk: Risk, part: Partial<Primitive<typeof Params>> = {}): Primitive {
  return definePrimitive({ name, title: name, description: name, risk, streams: 'none', platforms: ['linux', 'win32', 'darwin'], params: Params, result: Type.Unknown(), run: () => Promise.resolve(success(undefined)), ...part });
}

const primitives = [primitive('test.echo', 'read'), primitive('test.change', 'change'), primitive('test.control', 'control'), primitive('test.destroy', 'destroy'), primitive('test.live', 'control', { streams: 'live' }), primitive('test.windows', 'read', { platforms: ['win32'] }), primitive('denied.echo', 'read'), primitive('other.echo', 'read'), primitive('variable.get', 'control'), { ...primitive('procedure.run', 'read'), params: ProcedureRun }];

export function registry(name: string): Primitive | undefined {
  return primitives.find((each) => each.name === name);
}

function person(number: number, roles: string[], keys: Record<string, [KeyKind, number?]>): Person {
  const list = Object.entries(keys).map(([name, [kind, notAfter]]) => ({ ...namedSigner(name).publicKey, kind, notAfter: notAfter ?? far }));
  return { id: number.toString(16).padStart(32, '0'), name: `person ${number}`, keys: list, roles };
}

function role(name: string, part: Partial<Role>): Role {
  return { name, sites: ['home'], agents: [], allow: ['test.*', 'denied.*', 'procedure.run'], deny: ['denied.*'], highestRisk: 'destroy', maxTargets: 10, administers: false, ...part };
}

/** Keys by name: tech and its page, brief key and dead key are one person; chief, pages, reader, away and others are one each. */
export const firstPolicy: Policy = {
  version: 5,
  issuedAt: beginning - 1000,
  people: [
    person(1, ['technician'], { tech: ['cli'], 'tech page': ['web'], 'tech brief': ['cli', beginning + 60], 'tech dead': ['cli', beginning - 1] }),
    person(2, ['technician'], { chief: ['cli'] }),
    person(3, ['technician'], { page: ['web'] }),
    person(4, ['reader'], { reader: ['cli'] }),
    person(5, ['away'], { away: ['cli'] }),
    person(6, ['technician'], { 'dead colleague': ['cli', beginning - 1] }),
  ],
  roles: [role('technician', {}), role('reader', { highestRisk: 'read' }), role('away', { sites: ['away'] })],
  keyKinds: { web: 'change', cli: 'destroy', webauthn: 'control' },
  approvals: [{ risk: 'destroy', people: 2 }],
};

export const owner = namedSigner('owner');

export const firstRoot: Root = {
  version: 1,
  issuedAt: beginning - 2000,
  owners: [owner.publicKey],
  threshold: 1,
  intermediary: { key: base64Url(new Uint8Array(32).fill(9)), addresses: ['relay.example:443'] },
};

export function signRoot(root: Root, ...signers: readonly NamedSigner[]): Promise<Envelope> {
  return signStatement(rootType, root, signers);
}

export function signPolicy(policy: Policy, signer: NamedSigner = owner): Promise<Envelope> {
  return signStatement(policyType, policy, [signer]);
}

export async function firstEnrolment(): Promise<Enrolment> {
  const rootDigest = hex(await payloadDigest(await signRoot(firstRoot, owner)));
  const secret = createHash('sha256').update('enrolment secret').digest();
  return { addresses: ['relay.example:443', '192.0.2.7:443'], key: firstRoot.intermediary.key, rootDigest, site: 'home', enrolmentId: 'e'.repeat(32), secret: base64Url(secret), notAfter: far, uses: 1 };
}

export type World = { readonly path: string; readonly clock: WorldClock; trust: Trust; policy: Policy; /** Ends the agent and starts it again, with something done to its folder in between. */ restart(meanwhile?: () => void): void; end(): void };

export function valueOf<T>(outcome: Outcome<T>): T {
  if (!outcome.ok) throw new Error(`${outcome.code}: ${outcome.detail}`);
  return outcome.value;
}

export function newFolder(): string {
  return mkdtempSync(join(tmpdir(), 'behest-trust-'));
}

/** One machine, enrolled, with root and policy; in a folder of its own unless one is given. */
export async function openWorld(given?: string): Promise<World> {
  const folder = given ?? newFolder();
  const path = join(folder, 'agent.db');
  const clock = worldClock();
  const open = (): Trust => valueOf(openTrust(path, { clock, random: systemRandom, platform: 'linux' }));
  const world: World = {
    path,
    clock,
    trust: open(),
    policy: firstPolicy,
    restart: (meanwhile) => {
      world.trust.close();
      meanwhile?.();
      world.trust = open();
    },
    end: () => {
      world.trust.close();
      if (given === undefined) rmSync(folder, { recursive: true });
    },
  };
  valueOf(world.trust.enrol(await firstEnrolment()));
  valueOf(await world.trust.acceptRoots([await signRoot(firstRoot, owner)]));
  valueOf(await world.trust.acceptPolicy(await signPolicy(firstPolicy)));
  return world;
}
