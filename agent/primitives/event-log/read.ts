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
import { mostRows } from '../rows.ts';
import type { EventContext } from './event-log.ts';
import { EventPageResult, pageResult } from './page-result.ts';
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

export const eventLogRead = defineAgentPrimitive({
  name: 'event-log.read',
  title: 'Read events',
  description: 'Events of the log of the system, or of another, by source, level, time and text; the newest, or what came after an earlier answer.',
  risk: 'read',
  streams: 'none',
  platforms: ['linux', 'win32'],
  params,
  result: EventPageResult,
  run: read,
});

async function read({ log, since, until, most = 200, ...which }: Static<typeof params>, context: EventContext): Promise<Outcome<EventPageResult>> {
  const [sinceMs, untilMs] = [since, until].map((moment) => (moment === undefined ? undefined : (pastMoment(moment, Date.now()) ?? Number.NaN)));
  if (Number.isNaN(sinceMs) || Number.isNaN(untilMs)) return failure('params-invalid', `${Number.isNaN(sinceMs) ? since : until} is neither a span such as 2h nor a date such as 2026-11-25 06:00`);
  const found = eventLog(log);
  if (!found.ok) return found;
  const page = await found.value.read({ ...which, sinceMs, untilMs, most }, context);
  return page.ok ? success(pageResult(page.value, which.cursor !== undefined)) : page;
}
