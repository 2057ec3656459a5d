/** Directives and the row of each of their targets. */
import { setImmediate } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import { concat } from '../../protocol/bytes.ts';
import type { Rollout } from '../../protocol/statements/directive.ts';
import type { Proof } from '../../protocol/statements/merkle.ts';
import type { Envelope } from '../../protocol/envelope.ts';
import type { TargetState } from '../../protocol/messages/live.ts';
import { envelopeColumn, readEnvelope } from './envelope-column.ts';
import { prepared } from './prepared.ts';
import type { Tables } from './schema.ts';
import type { Tx } from './write-queue.ts';

export type NewDirective = {
  readonly id: string;
  readonly envelope: Envelope;
  readonly personId: string;
  readonly personName: string;
  readonly submittedAtMs: number;
  readonly giveUpAtMs: number;
  readonly rollout: Rollout;
  readonly isStanding: boolean;
};

export type NewTarget = { readonly agentId: string; readonly proof: Proof; readonly state: 'waiting' | 'sent' };

/** Rows that are inserted before anything else has its turn: some hundredths of a millisecond each. */
const insertedAtOnce = 500;

/** Rows that one transaction gives up at most. */
const givenUpAtOnce = 1000;

/** Gives the directive's sequence number; undefined when the id is taken. */
export async function insertDirective(tx: Tx, directive: NewDirective, targets: readonly NewTarget[]): Promise<number | undefined> {
  const { rollout, isStanding, ...given } = directive;
  const { waveSize = null, stopAfter = null } = rollout;
  const { rows } = await insertDirectiveRow(tx, { ...given, envelope: envelopeColumn(directive.envelope), waveSize, stopAfter, targetCount: targets.length, standing: isStanding ? 1 : 0 });
  const seq = rows[0]?.seq;
  if (seq === undefined) return undefined;
  for (const [place, { agentId, proof, state }] of targets.entries()) {
    if (place % insertedAtOnce === insertedAtOnce - 1) await setImmediate();
    await insertTargetRow(tx, { seq, agentId, place: proof.index, nonce: proof.nonce ?? null, proof: concat(...proof.siblings), state, atMs: directive.submittedAtMs });
  }
  return seq;
}

type DirectiveRow = Omit<NewDirective, 'envelope' | 'rollout' | 'isStanding'> & {
  readonly envelope: Uint8Array;
  readonly waveSize: number | null;
  readonly stopAfter: number | null;
  readonly targetCount: number;
  readonly standing: number;
};

const insertDirectiveRow = prepared((database, given: DirectiveRow) =>
  database
    .insertInto('directives')
    .values({
      id: given.id,
      envelope: given.envelope,
      person_id: given.personId,
      person_name: given.personName,
      submitted_at_ms: given.submittedAtMs,
      give_up_at_ms: given.giveUpAtMs,
      cancel_envelope: null,
      target_count: given.targetCount,
      is_standing: given.standing,
      wave_size: given.waveSize,
      stop_after: given.stopAfter,
      released: given.waveSize,
    })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .returning('seq'),
);

type TargetRow = { readonly seq: number; readonly agentId: string; readonly place: number; readonly nonce: string | null; readonly proof: Uint8Array; readonly state: TargetState; readonly atMs: number };

const insertTargetRow = prepared((database, given: TargetRow) =>
  database.insertInto('targets').values({
    directive_seq: given.seq,
    agent_id: given.agentId,
    place: given.place,
    nonce: given.nonce,
    proof: given.proof,
    state: given.state,
    changed_at_ms: given.atMs,
    report: null,
  }),
);

/** A known directive: its signed bytes and its sequence number, and whether its machines get it by and by. */
export type KnownDirective = { readonly seq: number; readonly envelope: Envelope; readonly isStaged: boolean };

export async function findDirective(database: Kysely<Tables>, id: string): Promise<KnownDirective | undefined> {
  const { rows } = await selectDirective(database, { id });
  const [row] = rows;
  return row === undefined ? undefined : { seq: row.seq, envelope: readEnvelope(row.envelope), isStaged: row.wave_size !== null || row.stop_after !== null };
}

const selectDirective = prepared((database, given: { readonly id: string }) => database.selectFrom('directives').select(['seq', 'envelope', 'wave_size', 'stop_after']).where('id', '=', given.id));

export type OpenPage = { readonly state: 'waiting' | 'sent'; readonly afterSeq: number; readonly limit: number };

export type OpenTarget = {
  readonly seq: number;
  readonly directiveId: string;
  readonly envelope: Envelope;
  readonly proof: Proof;
  readonly cancel: Envelope | undefined;
};

/** Targets of an agent in one of the open states, in order of arrival, after `afterSeq`. */
export async function readOpenTargets(database: Kysely<Tables>, agentId: string, page: OpenPage): Promise<OpenTarget[]> {
  const rows = await database
    .selectFrom('targets')
    .innerJoin('directives', 'directives.seq', 'targets.directive_seq')
    .select(['directives.seq as seq', 'directives.id as directiveId', 'envelope', 'place', 'nonce', 'proof', 'cancel_envelope as cancel'])
    .where('agent_id', '=', agentId)
    .where('report', 'is', null)
    .where('state', '=', page.state)
    .where('directive_seq', '>', page.afterSeq)
    .where((columns) => columns.or([columns('released', 'is', null), columns('place', '<', columns.ref('released'))]))
    .orderBy('directive_seq')
    .limit(page.limit)
    .execute();
  return rows.map((row) => ({
    seq: row.seq,
    directiveId: row.directiveId,
    envelope: readEnvelope(row.envelope),
    proof: proofOf(row),
    cancel: row.cancel === null ? undefined : readEnvelope(row.cancel),
  }));
}

const hashBytes = 32;

function proofOf({ place, nonce, proof }: { place: number; nonce: string | null; proof: Uint8Array }): Proof {
  const siblings = Array.from({ length: proof.byteLength / hashBytes }, (_, index) => proof.slice(hashBytes * index, hashBytes * (index + 1)));
  return nonce === null ? { index: place, siblings } : { index: place, siblings, nonce };
}

/** From now on these may have reached the agent. Durable before the first of them leaves. */
export async function markSent(tx: Tx, agentId: string, seqs: readonly number[], atMs: number): Promise<void> {
  await tx
    .updateTable('targets')
    .set({ state: 'sent', changed_at_ms: atMs })
    .where('agent_id', '=', agentId)
    .where('directive_seq', 'in', seqs)
    .where('state', '=', 'waiting')
    .execute();
}

/** Whether this directive names this agent. */
export async function isTarget(database: Kysely<Tables>, directiveId: string, agentId: string): Promise<boolean> {
  const row = await database
    .selectFrom('targets')
    .innerJoin('directives', 'directives.seq', 'targets.directive_seq')
    .select('agent_id')
    .where('directives.id', '=', directiveId)
    .where('agent_id', '=', agentId)
    .executeTakeFirst();
  return row !== undefined;
}

export type FinalReport = { readonly seq: number; readonly agentId: string; readonly state: TargetState; readonly atMs: number; readonly report: Envelope };

/** Ends a target by the agent's word; false when its report is there already. */
export async function finishTarget(tx: Tx, final: FinalReport): Promise<boolean> {
  const { numAffectedRows } = await updateFinished(tx, { ...final, report: envelopeColumn(final.report) });
  return numAffectedRows === 1n;
}

type FinishedRow = Omit<FinalReport, 'report'> & { readonly report: Uint8Array };

const updateFinished = prepared((database, given: FinishedRow) =>
  database
    .updateTable('targets')
    .set({ state: given.state, changed_at_ms: given.atMs, report: given.report })
    .where('directive_seq', '=', given.seq)
    .where('agent_id', '=', given.agentId)
    .where('report', 'is', null),
);

/** `seq` is that of the directive. */
export type GivenUp = { readonly seq: number; readonly directiveId: string; readonly agentId: string };

/** Ends targets that were certainly never sent: those past their time. */
export async function expireWaiting(tx: Tx, nowMs: number): Promise<GivenUp[]> {
  const due = await tx
    .selectFrom('targets')
    .innerJoin('directives', 'directives.seq', 'targets.directive_seq')
    .select(['directives.seq as seq', 'directives.id as directiveId', 'agent_id as agentId'])
    .where('state', '=', 'waiting')
    .where('give_up_at_ms', '<=', nowMs)
    .limit(givenUpAtOnce)
    .execute();
  for (const { seq, agentId } of due) await giveUp(tx, { seq, agentId, state: 'expired', atMs: nowMs });
  return due;
}

/** Keeps a cancel, and ends the targets that were certainly never sent. Gives those. */
export async function cancelDirective(tx: Tx, id: string, cancel: Envelope, atMs: number): Promise<GivenUp[]> {
  await tx.updateTable('directives').set({ cancel_envelope: envelopeColumn(cancel) }).where('id', '=', id).execute();
  return cancelWaiting(tx, id, atMs);
}

/** Ends the targets of a directive that were certainly never sent. Gives those. */
export async function cancelWaiting(tx: Tx, id: string, atMs: number): Promise<GivenUp[]> {
  const waiting = await tx
    .selectFrom('targets')
    .innerJoin('directives', 'directives.seq', 'targets.directive_seq')
    .select(['directives.seq as seq', 'directives.id as directiveId', 'agent_id as agentId'])
    .where('directives.id', '=', id)
    .where('state', '=', 'waiting')
    .execute();
  for (const { seq, agentId } of waiting) await giveUp(tx, { seq, agentId, state: 'cancelled', atMs });
  return waiting;
}

type Ending = { readonly seq: number; readonly agentId: string; readonly state: 'expired' | 'cancelled'; readonly atMs: number };

async function giveUp(tx: Tx, { seq, agentId, state, atMs }: Ending): Promise<void> {
  await tx.updateTable('targets').set({ state, changed_at_ms: atMs }).where('directive_seq', '=', seq).where('agent_id', '=', agentId).execute();
}
