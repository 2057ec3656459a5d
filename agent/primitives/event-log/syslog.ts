/**
 * Log files of syslog.
 */
import { failure, success } from '../../../protocol/outcome.ts';
import type { EventLog } from './event-log.ts';
import { readRotatedFile } from './rotated-file.ts';
import { parseSyslogLine } from './syslog-line.ts';

export function syslogFile(path: string): EventLog {
  return {
    async read(query, context) {
      if (query.level !== undefined) return failure('not-supported', `${path} does not keep how grave an event is; look for a text instead`);
      return readRotatedFile(path, parseSyslogLine, query, context);
    },
    follow({ source, level, contains, most }) {
      if (level !== undefined || source !== undefined || contains !== undefined) return failure('not-supported', `${path} can only be followed whole`);
      return success({ file: 'tail', args: ['--follow=name', '--retry', `--lines=${most}`, '--', path] });
    },
  };
}
