/** What runs wrote to their output, piece by piece, at the offsets at which it came. */
import { sql } from 'kysely';
import type { Kysely } from 'kysely';
import { limits } from '../../protocol/limits.ts';
import { prepared } from './prepared.ts';
import type { Tables } from './schema.ts';
import type { Tx } from './write-queue.ts';

export type OutputChannel = 'stdout' | 'stderr';
export type RunId = { readonly directiveId: string; readonly agentId: string };
export type OutputPiece = { readonly channel: OutputChannel; readonly offset: number; readonly bytes: Uint8Array };

/** The byte that names a channel in the store and on a session's output stream. */
export const outputChannels = { stdout: 1, stderr: 2 } as const;

export async function appendOutput(tx: Tx, run: RunId, pieces: readonly OutputPiece[]): Promise<void> {
  for (const { channel, offset, bytes } of pieces) await insertPiece(tx, { ...run, channel: outputChannels[channel], offset, bytes });
}

/** Of two outputs of one run at once the first piece at an offset stays: the digest in the report shows what is not whole. */
type PieceRow = RunId & { readonly channel: number; readonly offset: number; readonly bytes: Uint8Array };

const insertPiece = prepared((database, given: PieceRow) =>
  database.insertInto('outputs').values({ directive_id: given.directiveId, agent_id: given.agentId, channel: given.channel, offset: given.offset, bytes: given.bytes }).onConflict((conflict) => conflict.doNothing()),
);

/** Kept output of one channel from the piece at `fromOffset` on, `limit` pieces at most. */
export async function readOutput(database: Kysely<Tables>, run: RunId, part: { channel: OutputChannel; fromOffset: number; limit: number }): Promise<OutputPiece[]> {
  const rows = await database
    .selectFrom('outputs')
    .select(['offset', 'bytes'])
    .where('directive_id', '=', run.directiveId)
    .where('agent_id', '=', run.agentId)
    .where('channel', '=', outputChannels[part.channel])
    .where('offset', '>=', part.fromOffset)
    .orderBy('offset')
    .limit(part.limit)
    .execute();
  return rows.map((row) => ({ channel: part.channel, ...row }));
}

/** Where the kept output of each channel ends; undefined if the directive does not name the agent. */
export async function keptBytes(database: Kysely<Tables>, run: RunId): Promise<Record<OutputChannel, number> | undefined> {
  const { rows } = await selectEnds(database, run);
  if (rows.length === 0) return undefined;
  const ends = new Map(rows.map(({ channel, end }) => [channel, Number(end)]));
  return { stdout: ends.get(outputChannels.stdout) ?? 0, stderr: ends.get(outputChannels.stderr) ?? 0 };
}

/** Output of a standing directive begins anew with each firing: what the one before wrote goes. False if it is none, or does not name the agent. */
export async function restartOutput(tx: Tx, { directiveId, agentId }: RunId): Promise<boolean> {
  const standing = await tx
    .selectFrom('directives')
    .innerJoin('targets', 'targets.directive_seq', 'directives.seq')
    .select('seq')
    .where('directives.id', '=', directiveId)
    .where('is_standing', '=', 1)
    .where('agent_id', '=', agentId)
    .executeTakeFirst();
  if (standing === undefined) return false;
  await tx.deleteFrom('outputs').where('directive_id', '=', directiveId).where('agent_id', '=', agentId).execute();
  return true;
}

/** One row for each channel, and one without a channel when nothing is kept yet. */
const selectEnds = prepared((database, given: RunId) =>
  database
    .selectFrom('directives')
    .innerJoin('targets', 'targets.directive_seq', 'directives.seq')
    .leftJoin('outputs', (join) => join.onRef('outputs.directive_id', '=', 'directives.id').onRef('outputs.agent_id', '=', 'targets.agent_id'))
    .select(['channel', (columns) => columns.fn.max(sql<number>`"offset" + length(bytes)`).as('end')])
    .where('directives.id', '=', given.directiveId)
    .where('targets.agent_id', '=', given.agentId)
    .groupBy('channel'),
);

/** All kept output of one channel: `limits.maxOutputBytes` at most. */
export async function readAllOutput(database: Kysely<Tables>, run: RunId, channel: OutputChannel): Promise<Buffer> {
  const pieces = await readOutput(database, run, { channel, fromOffset: 0, limit: limits.maxOutputBytes });
  return Buffer.concat(pieces.map(({ bytes }) => bytes));
}
