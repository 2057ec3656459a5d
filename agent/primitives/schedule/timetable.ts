/**
 * What the schedule family wants of a system. One implementation each; the primitive knows no system.
 */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import type { PrimitiveContext } from '../../../protocol/primitive.ts';
import { linuxTimetable } from './linux.ts';

/** What is not known is absent. */
export const ScheduleRow = Type.Object(
  {
    kind: Type.String({ title: 'Kept by', description: 'cron, systemd, at, or the task scheduler.' }),
    name: Type.String({ title: 'Name', description: 'Of the timer or task; of an entry without a name the file that it stands in.' }),
    when: Type.String({ title: 'When', description: 'As it is written there: five columns of cron are minute, hour, day, month and day of the week.' }),
    user: Type.Optional(Type.String({ title: 'User', description: 'Whose rights it has.' })),
    nextAtMs: Type.Optional(Type.Integer({ title: 'Next', description: 'When it runs next, milliseconds since 1970.' })),
    lastAtMs: Type.Optional(Type.Integer({ title: 'Last', description: 'When it ran last, milliseconds since 1970.' })),
    active: Type.Boolean({ title: 'Active', description: 'Whether it will run at all.' }),
    command: Type.String({ title: 'Runs', description: 'Command or service, cut where long.' }),
  },
  { additionalProperties: false },
);
export type ScheduleRow = Static<typeof ScheduleRow>;

export type ScheduleContext = Pick<PrimitiveContext, 'signal' | 'directiveId'>;
export type Timetable = { list(context: ScheduleContext): Promise<Outcome<readonly ScheduleRow[]>> };

export function timetable(): Outcome<Timetable> {
  return process.platform === 'linux' ? success(linuxTimetable) : failure('not-on-this-platform', process.platform);
}
