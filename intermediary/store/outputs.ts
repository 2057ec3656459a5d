/** What runs wrote to their output, piece by piece, at the offsets at which it came. */
import { sql } from 'kysely';
import type { Kysely } from 'kysely';
import { limits } from '../../protocol/limits.ts';
import type { Tables } from './schema.ts';
import type { Tx } from './write-queue.ts';

export type OutputChannel = 'stdout' | 'stderr';
export type RunId = { readonly directiveId: string; readonly agentId: string };
export type OutputPiece = { readonly channel: OutputChannel; readonly offset: number; readonly bytes: Uint8Array };

/** The byte that names a channel in the store and on a session's output stream. */
export const outputChannels = { stdout: 1, stderr: 2 } as const;

export async function appendOutput(tx: Tx, run: RunId, pieces: readonly OutputPiece[]): Promise<void> {
  const rows = pieces.map((piece) => ({
    directive_id: run.directiveId,
    agent_id: run.agentId,
    channel: outputChannels[piece.channel],
    offset: piece.offset,
    bytes: piece.bytes,
  }));
  if (rows.length > 0) await tx.insertInto('outputs').values(rows).execute();
}

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

/** Where the kept output of each channel ends. */
export async function keptBytes(database: Kysely<Tables>, run: RunId): Promise<Record<OutputChannel, number>> {
  const rows = await database
    .selectFrom('outputs')
    .select(['channel', (columns) => columns.fn.max(sql<number>`"offset" + length(bytes)`).as('end')])
    .where('directive_id', '=', run.directiveId)
    .where('agent_id', '=', run.agentId)
    .groupBy('channel')
    .execute();
  const ends = new Map(rows.map(({ channel, end }) => [channel, Number(end)]));
  return { stdout: ends.get(outputChannels.stdout) ?? 0, stderr: ends.get(outputChannels.stderr) ?? 0 };
}

/** All kept output of one channel: `limits.maxOutputBytes` at most. */
export async function readAllOutput(database: Kysely<Tables>, run: RunId, channel: OutputChannel): Promise<Buffer> {
  const pieces = await readOutput(database, run, { channel, fromOffset: 0, limit: limits.maxOutputBytes });
  return Buffer.concat(pieces.map(({ bytes }) => bytes));
}
