/**
 * Debian and its children: dpkg-query(1) says what is installed, apt-get(8) changes it without a question.
 */
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import type { PrimitiveContext } from '../../../protocol/primitive.ts';
import { streamTool } from '../stream-tool.ts';
import { askToolToSucceed } from '../tool.ts';
import type { Change, InstalledPackage, PackageManager, PackageUpdate } from './manager.ts';

/** A configuration file that the administrator changed stays; a package's new default lies beside it. */
const quiet = ['-y', '-q', '-o', 'Dpkg::Options::=--force-confdef', '-o', 'Dpkg::Options::=--force-confold'];
const environment = { DEBIAN_FRONTEND: 'noninteractive', APT_LISTCHANGES_FRONTEND: 'none', NEEDRESTART_MODE: 'l' };

export const apt: PackageManager = {
  name: 'apt',
  installed: async (context) => {
    const said = await askToolToSucceed('dpkg-query', ['-W', '-f=${db:Status-Abbrev}\\t${Package}\\t${Version}\\t${Architecture}\\n'], context);
    return said.ok ? success(readDpkg(said.value.stdout)) : said;
  },
  updates: async (context, refresh) => {
    const refreshed = refresh ? await runApt(['update'], context) : success(undefined);
    if (!refreshed.ok) return refreshed;
    const said = await askToolToSucceed('apt-get', ['-s', '-q', 'dist-upgrade'], context, { environment });
    return said.ok ? success(readSimulation(said.value.stdout)) : said;
  },
  change: (change, context) => runApt(aptArguments(change), context),
};

/** Names come behind `--`: none of them is ever read as an option. */
export function aptArguments({ verb, names, lockSeconds }: Change): string[] {
  const settings = [...quiet, '-o', `DPkg::Lock::Timeout=${lockSeconds}`];
  if (verb === 'remove') return [...settings, 'remove', '--', ...names];
  if (verb === 'install') return [...settings, 'install', '--no-remove', '--', ...names];
  return names.length === 0 ? [...settings, 'upgrade'] : [...settings, 'install', '--only-upgrade', '--no-remove', '--', ...names];
}

/** Lines of `ii \tname\tversion\tarchitecture`; the second letter of the status says whether it is there. */
export function readDpkg(text: string): InstalledPackage[] {
  return text.split('\n').flatMap((line) => {
    const [status = '', name = '', version = '', architecture = ''] = line.split('\t');
    return status[1] === 'i' && name !== '' ? [{ name, version, architecture, manager: 'apt' as const }] : [];
  });
}

/** `Inst name [old] (new source [architecture])` of a simulated run. */
export function readSimulation(text: string): PackageUpdate[] {
  return [...text.matchAll(/^Inst (\S+) \[([^\]\n]+)\] \((\S+)/gm)].map(([, name = '', installed = '', available = '']) => ({ name, installed, available }));
}

async function runApt(args: readonly string[], context: PrimitiveContext): Promise<Outcome<void>> {
  const ended = await streamTool('apt-get', args, context, environment);
  if (!ended.ok) return ended;
  return ended.value.exitCode === 0 ? success(undefined) : aptFailure(ended.value.lastWords);
}

/** What apt-get meant by its exit code 100. */
export function aptFailure(words: string): Outcome<never> {
  const errors = words.split('\n').filter((line) => line.startsWith('E: ')).join(' ');
  const detail = (errors === '' ? words : errors).slice(-500);
  if (/Could not get lock|Unable to (acquire|lock)/.test(words)) return failure('busy', detail);
  if (/Unable to locate package|has no installation candidate|Couldn't find any package/.test(words)) return failure('not-found', detail);
  if (/You don't have enough free space|No space left on device/.test(words)) return failure('disk-full', detail);
  if (/are you root\?|Permission denied/.test(words)) return failure('not-permitted', detail);
  return failure('tool-failed', detail);
}
