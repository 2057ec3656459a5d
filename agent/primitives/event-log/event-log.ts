/**
 * What the event-log family wants of a system. One implementation each; the primitives know no system.
 */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import type { Outcome } from '../../../protocol/outcome.ts';
import type { PrimitiveContext } from '../../../protocol/primitive.ts';
import type { Program } from '../../execution/program.ts';

/** Gravest first, as syslog (RFC 5424, table 2) numbers them. */
export const levels = ['emergency', 'alert', 'critical', 'error', 'warning', 'notice', 'information', 'debug'] as const;
export type Level = (typeof levels)[number];

/** What is not known is absent. */
export const EventRow = Type.Object(
  {
    atMs: Type.Optional(Type.Integer({ title: 'When', description: 'Milliseconds since 1970.' })),
    level: Type.Optional(Type.Enum(levels, { title: 'Level', description: 'How grave it is.' })),
    source: Type.Optional(Type.String({ title: 'Source', description: 'Program or service that wrote it.' })),
    eventId: Type.Optional(Type.String({ title: 'Event', description: 'Number or id of this kind of event, where the log gives one.' })),
    pid: Type.Optional(Type.Integer({ title: 'Process', description: 'Number of the process that wrote it.' })),
    message: Type.String({ title: 'Message', description: 'What it says, cut where long.' }),
  },
  { additionalProperties: false },
);
export type EventRow = Static<typeof EventRow>;

export type EventQuery = {
  readonly source?: string | undefined;
  /** This grave or graver. */
  readonly level?: Level | undefined;
  readonly contains?: string | undefined;
  readonly sinceMs?: number | undefined;
  readonly untilMs?: number | undefined;
  /** Only what came after the answer that gave it. Without one: the newest. */
  readonly cursor?: string | undefined;
  readonly most: number;
};

export type EventPage = {
  /** Oldest first, each with where to go on behind it. */
  readonly entries: readonly EventEntry[];
  /** Where to go on behind all that was looked at, if there was anything. */
  readonly cursor?: string | undefined;
  /** There are more: further back, or with a cursor further on. */
  readonly truncated: boolean;
};

export type EventEntry = { readonly event: EventRow; readonly cursor: string };

export type EventContext = Pick<PrimitiveContext, 'signal' | 'directiveId'>;

export type EventLog = {
  read(query: EventQuery, context: EventContext): Promise<Outcome<EventPage>>;
  /** The program that shows new events as lines of text until it is ended; begins with the last `most`. */
  follow(query: Pick<EventQuery, 'source' | 'level' | 'contains' | 'most'>): Outcome<Program>;
};
