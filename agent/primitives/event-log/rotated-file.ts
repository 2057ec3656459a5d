/**
 * A log file with those that were rotated away: `syslog`, `syslog.1`, `syslog.2.gz`. A cursor names the file by its
 * number on the disk, which a rename keeps, the byte to go on at, and the time of the last line for when the file is gone.
 */
import { open, readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import { limits } from '../../../protocol/limits.ts';
import { linesBefore, linesOf } from '../lines.ts';
import type { Line } from '../lines.ts';
import { systemFailure } from '../system-failure.ts';
import { levels } from './event-log.ts';
import type { EventContext, EventEntry, EventPage, EventQuery, EventRow } from './event-log.ts';

/** What one line of the file says; `writtenMs` is when the file was last written. */
export type LineReader = (line: string, writtenMs: number) => EventRow;

/** Fails as the system does where the file cannot be read, and with `params-invalid` for a cursor that is none. */
export async function readRotatedFile(path: string, reader: LineReader, query: EventQuery, context: Pick<EventContext, 'signal'>): Promise<Outcome<EventPage>> {
  try {
    return await (query.cursor === undefined ? readNewest(path, reader, query, context) : readOn(path, reader, { ...query, cursor: query.cursor }, context));
  } catch (error) {
    return systemFailure(error, path);
  }
}

type Part = { readonly path: string; readonly inode: number; readonly size: number; readonly writtenMs: number };

/** The file and those before it, newest first. */
async function partsOf(path: string): Promise<Part[]> {
  const name = basename(path);
  const older = (await readdir(dirname(path)))
    .map((file) => ({ file, number: Number(/^\.(\d{1,4})(?:\.gz)?$/.exec(file.startsWith(name) ? file.slice(name.length) : '')?.[1] ?? Number.NaN) }))
    .filter(({ number }) => !Number.isNaN(number))
    .sort((left, right) => left.number - right.number)
    .map(({ file }) => join(dirname(path), file));
  return Promise.all([path, ...older].map(async (each) => {
    await using file = await open(each);
    const { ino, size, mtimeMs } = await file.stat();
    return { path: each, inode: ino, size, writtenMs: mtimeMs };
  }));
}

/** Backwards from the end of the newest file, until there are enough. */
async function readNewest(path: string, reader: LineReader, query: EventQuery, { signal }: Pick<EventContext, 'signal'>): Promise<Outcome<EventPage>> {
  const parts = await partsOf(path);
  const events: EventRow[] = [];
  let bytes = 0;
  let isCut = false;
  for (const part of parts) {
    for await (const line of linesBackwards(part)) {
      if (signal.aborted) return failure('cancelled', 'not all was read');
      bytes += line.length + 1;
      const event = reader(line, part.writtenMs);
      if (isPast(event, query)) return pageOf(events, parts[0], false);
      isCut = bytes > limits.maxLogBytesRead || (fits(event, query) && events.length === query.most);
      if (isCut) return pageOf(events, parts[0], true);
      if (fits(event, query)) events.push(event);
    }
  }
  return pageOf(events, parts[0], false);
}

function pageOf(newestFirst: readonly EventRow[], newest: Part | undefined, truncated: boolean): Outcome<EventPage> {
  // what comes after these stands behind the end of the file
  const cursor = newest === undefined ? '' : cursorOf(newest, newest.size, newestFirst[0]?.atMs ?? newest.writtenMs);
  return success({ entries: newestFirst.toReversed().map((event) => ({ event, cursor })), cursor, truncated });
}

/** A compressed file can only be read forwards; its lines wait in memory. Rotated files are small. */
async function* linesBackwards(part: Part): AsyncGenerator<string, void, void> {
  if (!part.path.endsWith('.gz')) {
    await using file = await open(part.path);
    yield* linesBefore(file, part.size);
    return;
  }
  const lines: string[] = [];
  let bytes = 0;
  for await (const { text } of linesFrom(part, 0)) {
    lines.push(text);
    bytes += text.length;
    if (bytes > limits.maxLogBytesHeld) bytes -= lines.shift()?.length ?? 0;
  }
  yield* lines.toReversed();
}

async function* linesFrom(part: Part, at: number): AsyncGenerator<Line, void, void> {
  await using file = await open(part.path);
  const stream = file.createReadStream({ start: at, autoClose: false, ...(part.size > at ? { end: part.size - 1 } : {}) });
  if (part.size > at) yield* linesOf(part.path.endsWith('.gz') ? stream.pipe(createGunzip()) : stream);
}

/** Forwards from the cursor through the newer files. */
async function readOn(path: string, reader: LineReader, query: EventQuery & { readonly cursor: string }, { signal }: Pick<EventContext, 'signal'>): Promise<Outcome<EventPage>> {
  const { cursor } = query;
  const [, inode, offset, atMs] = /^(\d+)\.(\d+)\.(\d+)$/.exec(cursor)?.map(Number) ?? [];
  if (inode === undefined || offset === undefined || atMs === undefined) return failure('params-invalid', `this is no cursor of a file: ${cursor}`);
  const parts = (await partsOf(path)).toReversed();
  const found = parts.findIndex((part) => part.inode === inode && part.size >= offset && !part.path.endsWith('.gz'));
  const entries: EventEntry[] = [];
  let last = cursor;
  let read = 0;
  for (const [index, part] of parts.entries()) {
    if (index < found) continue;
    let at = index === found ? offset : 0;
    for await (const { text, bytes } of linesFrom(part, at)) {
      if (signal.aborted) return failure('cancelled', 'not all was read');
      [at, read] = [at + bytes, read + bytes];
      const event = reader(text, part.writtenMs);
      // the file of the cursor is gone: what is as old as its last line was shown
      const isNew = found >= 0 || (event.atMs ?? 0) > atMs;
      if (read > limits.maxLogBytesRead || (isNew && fits(event, query) && entries.length === query.most)) return success({ entries, cursor: last, truncated: true });
      last = cursorOf(part, at, event.atMs ?? part.writtenMs);
      if (isNew && fits(event, query)) entries.push({ event, cursor: last });
    }
  }
  return success({ entries, cursor: last, truncated: false });
}

function cursorOf({ inode }: Part, at: number, atMs: number): string {
  return `${inode}.${at}.${Math.floor(atMs)}`;
}

/** Lines of a file are in the order of their time, but for a little. */
const disorderMs = 60_000;

function isPast({ atMs }: EventRow, { sinceMs }: EventQuery): boolean {
  return atMs !== undefined && sinceMs !== undefined && atMs < sinceMs - disorderMs;
}

function fits({ atMs, source, level, message }: EventRow, { sinceMs, untilMs, source: wantedSource, level: wantedLevel, contains = '' }: EventQuery): boolean {
  if (atMs !== undefined && ((sinceMs !== undefined && atMs < sinceMs) || (untilMs !== undefined && atMs > untilMs))) return false;
  if (wantedSource !== undefined && source !== wantedSource) return false;
  if (wantedLevel !== undefined && (level === undefined || levels.indexOf(level) > levels.indexOf(wantedLevel))) return false;
  return contains === '' || `${source ?? ''}\n${message}`.toLowerCase().includes(contains.toLowerCase());
}
