/**
 * Which log is meant, and what reads it on this system.
 */
import { existsSync, statSync } from 'node:fs';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import type { EventLog } from './event-log.ts';
import { journal } from './journal.ts';
import { syslogFile } from './syslog.ts';
import { windowsEvents } from './windows.ts';

const ownJournals = ['/run/log/journal', '/var/log/journal'];
const ownFiles = ['/var/log/syslog', '/var/log/messages'];

/** The log of this name: a file, or a folder of journals. Without a name that of the system. */
export function eventLog(log: string | undefined): Outcome<EventLog> {
  if (process.platform === 'win32') return success(windowsEvents(log));
  if (log !== undefined) return named(log);
  // a machine without systemd may have the folder, and nothing in it
  if (existsSync('/run/systemd/journal/socket') && ownJournals.some((folder) => existsSync(folder))) return success(journal());
  const file = ownFiles.find((path) => existsSync(path));
  return file === undefined ? failure('not-found', `there is neither a journal nor ${ownFiles.join(' or ')}; name a log`) : success(syslogFile(file));
}

function named(log: string): Outcome<EventLog> {
  const found = statSync(log, { throwIfNoEntry: false });
  if (found === undefined) return failure('not-found', log);
  if (found.isDirectory()) return success(journal(['--directory', log]));
  if (!found.isFile()) return failure('not-a-file', log);
  return success(/\.journal~?$/.test(log) ? journal(['--file', log]) : syslogFile(log));
}
