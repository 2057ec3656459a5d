/**
 * How a technician says which events are wanted.
 */
import { Type } from 'typebox';
import { text } from '../parameters.ts';
import { levels } from './event-log.ts';

const moment = (title: string, which: string) => Type.Optional(Type.String({ title, description: `${which} A span before now, such as 30m, 2h or 7d; or a date, such as 2026-11-25 or 2026-11-25 06:00, in the time zone of the machine.`, pattern: '^[0-9A-Za-z :.+-]+$', maxLength: 40 }));

export const whichEvents = {
  log: Type.Optional(Type.String({ ...text('Log', 'A file of syslog (those that were rotated away belong to it), a file or a folder of the systemd journal; on Windows the name of a log, such as Application. Left out: the log of the system.', 4096), format: 'path', minLength: 1 })),
  source: Type.Optional(Type.String({ ...text('Source', 'Only of this service or program, by its whole name, such as ssh or sshd.', 256), minLength: 1 })),
  level: Type.Optional(Type.Enum(levels, { title: 'Level', description: 'Only this grave or graver. Files of syslog do not keep it.' })),
  contains: Type.Optional(text('Contains', 'Only those with this in their message or source; capital or small letters.', 1024)),
};

export const whenEvents = { since: moment('Since', 'Only what happened then or later.'), until: moment('Until', 'Only what happened then or before.') };
