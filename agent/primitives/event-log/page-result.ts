/**
 * A page of events as a result, small enough for a report.
 */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { boundedRows, truncatedField } from '../rows.ts';
import { EventRow } from './event-log.ts';
import type { EventPage } from './event-log.ts';

export const EventPageResult = Type.Object(
  {
    events: Type.Array(EventRow, { title: 'Events', description: 'Oldest first.' }),
    cursor: Type.Optional(Type.String({ title: 'Cursor', description: 'To ask for what comes after these. Absent where there is nothing yet.' })),
    truncated: truncatedField,
  },
  { additionalProperties: false },
);
export type EventPageResult = Static<typeof EventPageResult>;

/** What does not fit into a report is left away at the far end: the oldest of the newest, or, with a cursor, the last of what came after it. */
export function pageResult({ entries, cursor, truncated }: EventPage, goesOn: boolean): EventPageResult {
  const events = entries.map(({ event }) => event);
  const { rows, truncated: isCut } = boundedRows(goesOn ? events : events.toReversed(), events.length);
  const next = goesOn && isCut ? entries[rows.length - 1]?.cursor : cursor;
  return { events: goesOn ? rows : rows.toReversed(), ...(next === undefined ? {} : { cursor: next }), truncated: truncated || isCut };
}
