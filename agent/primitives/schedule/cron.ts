/**
 * Tables of cron (crontab(5)): those of the system name a user in each line, those of users do not.
 */
import { limits } from '../../../protocol/limits.ts';
import { cut } from '../rows.ts';
import type { ScheduleRow } from './timetable.ts';

const nicknames = ['reboot', 'yearly', 'annually', 'monthly', 'weekly', 'daily', 'midnight', 'hourly'];

/** `user`: whose table it is; undefined for one of the system. Settings, comments and lines that cron would not take are passed over. */
export function parseCrontab(text: string, file: string, user?: string): ScheduleRow[] {
  return text.split('\n').flatMap((line) => {
    const trimmed = line.trim();
    if (trimmed === '' || trimmed.startsWith('#') || /^[A-Za-z_][A-Za-z0-9_]*\s*=/.test(trimmed)) return [];
    const [, when, rest = ''] = /^(@[a-z]+|(?:[-0-9*/,A-Za-z]+\s+){4}[-0-9*/,A-Za-z]+)\s+(.*)$/.exec(trimmed) ?? [];
    if (when === undefined || (when.startsWith('@') && !nicknames.includes(when.slice(1)))) return [];
    const [, named, command] = user === undefined ? (/^(\S+)\s+(.+)$/.exec(rest) ?? []) : [rest, user, rest];
    if (named === undefined || command === undefined || command === '') return [];
    return [{ kind: 'cron', name: file, when: when.replaceAll(/\s+/g, ' '), user: named, active: true, command: cut(command, limits.maxCommandLineCharacters) }];
  });
}
