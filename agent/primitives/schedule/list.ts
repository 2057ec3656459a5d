/**
 * What the machine will run by itself.
 */
import { Type } from 'typebox';
import { success } from '../../../protocol/outcome.ts';
import { defineAgentPrimitive } from '../agent-primitive.ts';
import { text } from '../parameters.ts';
import { boundedRows, mostRows, truncatedField } from '../rows.ts';
import { ScheduleRow, timetable } from './timetable.ts';

export const scheduleList = defineAgentPrimitive({
  name: 'schedule.list',
  title: 'List what runs by itself',
  description: 'What the machine will run by itself: tables of cron of the system and of users, timers of systemd, jobs of at. Not the schedules of Behest.',
  risk: 'read',
  streams: 'none',
  platforms: ['linux'],
  params: Type.Object({ contains: Type.Optional(text('Contains', 'Only those with this in their name, user or command; capital or small letters.', 256)), most: mostRows(500) }, { additionalProperties: false }),
  result: Type.Object({ schedules: Type.Array(ScheduleRow, { title: 'Runs by itself', description: 'By who keeps it.' }), truncated: truncatedField }, { additionalProperties: false }),
  async run({ contains = '', most = 500 }, context) {
    const found = timetable();
    if (!found.ok) return found;
    const listed = await found.value.list(context);
    if (!listed.ok) return listed;
    const wanted = contains.toLowerCase();
    const { rows, truncated } = boundedRows(listed.value.filter(({ name, user = '', command }) => `${name}\n${user}\n${command}`.toLowerCase().includes(wanted)), most);
    return success({ schedules: rows, truncated });
  },
});
