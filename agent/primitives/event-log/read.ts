/**
 * Events of a log of the machine.
 */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import { defineAgentPrimitive } from '../agent-primitive.ts';
import { pastMoment } from '../moments.ts';
import { text } from '../parameters.ts';
import { boundedRows, mostRows, truncatedField } from '../rows.ts';
import { EventRow } from './event-log.ts';
import type { EventContext, EventPage } from './event-log.ts';
import { whenEvents, whichEvents } from './parameters.ts';
import { eventLog } from './which-log.ts';

const params = Type.Object(
  {
    ...whichEvents,
    ...whenEvents,
    cursor: Type.Optional(Type.String({ ...text('Go on after', 'The cursor of an earlier answer: only what came after it, oldest first. Left out: the newest.', 1024), minLength: 1 })),
    most: mostRows(200),
  },
  { additionalProperties: false },
);

const Result = Type.Object(
  {
    events: Type.Array(EventRow, { title: 'Events', description: 'Oldest first.' }),
    cursor: Type.Optional(Type.String({ title: 'Cursor', description: 'To ask for what comes after these. Absent where there is nothing yet.' })),
    truncated: truncatedField,
  },
  { additionalProperties: false },
);
type Result = Static<typeof Result>;

export const eventLogRead = defineAgentPrimitive({
  name: 'event-log.read',
  title: 'Read events',
  description: 'Events of the log of the system, or of another, by source, level, time and text; the newest, or what came after an earlier answer.',
  risk: 'read',
  streams: 'none',
  platforms: ['linux'],
  params,
  result: Result,
  run: read,
});

async function read({ log, since, until, most = 200, ...which }: Static<typeof params>, context: EventContext): Promise<Outcome<Result>> {
  const [sinceMs, untilMs] = [since, until].map((moment) => (moment === undefined ? undefined : (pastMoment(moment, Date.now()) ?? Number.NaN)));
  if (Number.isNaN(sinceMs) || Number.isNaN(untilMs)) return failure('params-invalid', `${Number.isNaN(sinceMs) ? since : until} is neither a span such as 2h nor a date such as 2026-11-25 06:00`);
  const found = eventLog(log);
  if (!found.ok) return found;
  const page = await found.value.read({ ...which, sinceMs, untilMs, most }, context);
  return page.ok ? success(resultOf(page.value, which.cursor !== undefined)) : page;
}

/** What does not fit into a report is left away at the far end: the oldest of the newest, the last of what comes after a cursor. */
function resultOf({ entries, cursor, truncated }: EventPage, goesOn: boolean): Result {
  const events = entries.map(({ event }) => event);
  const { rows, truncated: isCut } = boundedRows(goesOn ? events : events.toReversed(), events.length);
  const next = goesOn && isCut ? entries[rows.length - 1]?.cursor : cursor;
  return { events: goesOn ? rows : rows.toReversed(), ...(next === undefined ? {} : { cursor: next }), truncated: truncated || isCut };
}
