/**
 * Paths of directories that every system has, each under its own name.
 */
import { homedir, tmpdir } from 'node:os';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import { knownDirectories } from '../../../protocol/variable.ts';
import type { KnownDirectory } from '../../../protocol/variable.ts';

const onUnix: Readonly<Record<KnownDirectory, () => string>> = {
  temporary: tmpdir,
  home: homedir,
  working: () => process.cwd(),
  system: () => (process.platform === 'darwin' ? '/System' : '/usr'),
  programs: () => (process.platform === 'darwin' ? '/Applications' : '/opt'),
  configuration: () => (process.platform === 'darwin' ? '/Library/Preferences' : '/etc'),
  logs: () => '/var/log',
};

const onWindows: Readonly<Record<KnownDirectory, () => string>> = {
  temporary: tmpdir,
  home: homedir,
  working: () => process.cwd(),
  system: () => `${process.env['SystemRoot'] ?? 'C:\\Windows'}\\System32`,
  programs: () => process.env['ProgramFiles'] ?? 'C:\\Program Files',
  configuration: () => process.env['ProgramData'] ?? 'C:\\ProgramData',
  logs: () => `${process.env['SystemRoot'] ?? 'C:\\Windows'}\\System32\\winevt\\Logs`,
};

export function directoryPath(name: string): Outcome<string> {
  const known = knownDirectories.find((each) => each === name);
  if (known === undefined) return failure('params-invalid', `${name} is none of ${knownDirectories.join(', ')}`);
  return success((process.platform === 'win32' ? onWindows : onUnix)[known]());
}
