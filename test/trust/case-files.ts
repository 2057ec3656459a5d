/**
 * The negative cases: one file each in cases/, data only. What a step or a spoiling means is written once, here and in
 * test/support/make-directive.ts.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { hex } from '../../protocol/bytes.ts';
import type { ErrorCode } from '../../protocol/errors.ts';
import { policyType } from '../../protocol/statements/policy.ts';
import { signStatement } from '../../protocol/statements/dsse.ts';
import { makeDirective, setAt } from '../support/make-directive.ts';
import type { Make } from '../support/make-directive.ts';
import { beginning, owner, registry, valueOf } from '../support/world.ts';
import type { World } from '../support/world.ts';

/** One thing that happens to the machine before or after the directive is made. */
export type Step =
  /** The next policy, with these fields changed. */
  | { readonly policy: Readonly<Record<string, unknown>> }
  /** The clock is set by so many seconds; time goes by. */
  | { readonly wall: number }
  | { readonly pass: number }
  | { readonly rotate: number }
  | { readonly 'ask nonce': true }
  | { readonly restart: true }
  | { readonly 'forget policy': true }
  | { readonly 'fill ledger': number }
  /** Another directive is accepted; or one with the same id. */
  | { readonly admit: Make; readonly times?: number }
  | { readonly 'admit same id': Make }
  /** What was accepted ends, and the intermediary has its report. */
  | { readonly finish: true };

export type Case = {
  readonly name: string;
  /** The check of agent/trust/checks.ts that must notice. */
  readonly check: string;
  /** What is wrong, in words. */
  readonly says: string;
  readonly given?: readonly Step[];
  readonly make: Make;
  /** Happens between signing and arrival. */
  readonly meanwhile?: readonly Step[];
  readonly expected: ErrorCode;
};

const folder = new URL('cases/', import.meta.url);

export function readCases(): Case[] {
  return readdirSync(folder).map((file) => JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Case);
}

/** An id of its own for each name; it begins with c. */
export function idFor(name: string): string {
  return `c${hex(createHash('sha256').update(name).digest()).slice(1, 32)}`;
}

export async function take(world: World, step: Step, id: string): Promise<void> {
  if ('policy' in step) return newPolicy(world, step.policy);
  if ('wall' in step) return world.clock.wall(step.wall);
  if ('pass' in step) return world.clock.pass(step.pass);
  if ('restart' in step) return world.restart();
  if ('forget policy' in step) return onDisk(world, (db) => db.exec('DELETE FROM policy'));
  if ('fill ledger' in step) return onDisk(world, (db) => fillLedger(db, step['fill ledger']));
  if ('admit same id' in step) return admitted(world, id, step['admit same id']);
  if ('ask nonce' in step) world.trust.nonce();
  else if ('rotate' in step) for (let times = 0; times < step.rotate; times += 1) world.trust.rotateNonce();
  else if ('admit' in step) for (let time = 0; time < (step.times ?? 1); time += 1) await admitted(world, idFor(`${id} ${time}`), step.admit);
  else for (const pending of world.trust.pending()) await finish(world, pending);
}

async function newPolicy(world: World, changes: Readonly<Record<string, unknown>>): Promise<void> {
  const policy = structuredClone({ ...world.policy, version: world.policy.version + 1 });
  for (const [path, value] of Object.entries(changes)) setAt(policy, path, value);
  valueOf(await world.trust.acceptPolicy(await signStatement(policyType, policy, [owner])));
  world.policy = policy;
}

async function admitted(world: World, id: string, make: Make): Promise<void> {
  const { envelope, proof } = await makeDirective(world, id, make);
  const admission = await world.trust.admit(envelope, proof, registry);
  if (admission.outcome !== 'accepted') throw new Error(`a step of the case failed: ${JSON.stringify(admission)}`);
}

async function finish(world: World, id: string): Promise<void> {
  valueOf(await world.trust.report(id, { status: 'succeeded', endedAtMs: world.clock.now() }));
  world.trust.stored([id]);
}

function onDisk(world: World, deed: (db: DatabaseSync) => void): void {
  world.restart(() => {
    const db = new DatabaseSync(world.path);
    deed(db);
    db.close();
  });
}

function fillLedger(db: DatabaseSync, count: number): void {
  db.prepare(
    `WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)
     INSERT INTO directives (id, digest, authentic, state, expires_at, counter, report, signature, acknowledged)
     SELECT printf('%032x', n), zeroblob(32), 1, 'reported', ?, n, x'', x'', 1 FROM numbers`,
  ).run(count, beginning + 3600);
}
