/**
 * Fedora, Red Hat and their children: rpm(8) says what is installed, dnf(8) changes it.
 */
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import { streamTool } from '../stream-tool.ts';
import { askTool, askToolToSucceed } from '../tool.ts';
import type { Change, InstalledPackage, PackageManager, PackageUpdate } from './manager.ts';

/** dnf-check-update: there are updates. */
const updatesExit = 100;

export const dnf: PackageManager = {
  name: 'dnf',
  installed: async (context) => {
    const said = await askToolToSucceed('rpm', ['-qa', '--qf', '%{NAME}\\t%|EPOCH?{%{EPOCH}:}:{}|%{VERSION}-%{RELEASE}\\t%{ARCH}\\n'], context);
    return said.ok ? success(readRpm(said.value.stdout)) : said;
  },
  updates: async (context, refresh) => {
    const said = await askTool('dnf', ['-q', ...(refresh ? ['--refresh'] : ['-C']), 'check-update'], context, { timeoutMs: 300_000 });
    if (!said.ok) return said;
    const { exitCode, stdout, stderr } = said.value;
    return exitCode === 0 || exitCode === updatesExit ? success(readCheckUpdate(stdout)) : dnfFailure(stderr);
  },
  change: async (change, context) => {
    const ended = await streamTool('dnf', dnfArguments(change), context);
    if (!ended.ok) return ended;
    return ended.value.exitCode === 0 ? success(undefined) : dnfFailure(ended.value.lastWords);
  },
};

export function dnfArguments({ verb, names }: Change): string[] {
  return ['-y', '-q', '--setopt=exit_on_lock=True', verb === 'update' ? 'upgrade' : verb, '--', ...names];
}

export function readRpm(text: string): InstalledPackage[] {
  return text.split('\n').flatMap((line) => {
    const [name = '', version = '', architecture = ''] = line.split('\t');
    return name === '' || version === '' || name === 'gpg-pubkey' ? [] : [{ name, version, architecture, manager: 'dnf' as const }];
  });
}

/** Lines of `name.architecture  version  repository`, up to the list of what is obsolete. */
export function readCheckUpdate(text: string): PackageUpdate[] {
  const [updates = ''] = text.split(/^Obsoleting Packages/m);
  return [...updates.matchAll(/^(\S+)\.(\w+)[ \t]+(\d\S*)[ \t]+\S+[ \t]*$/gm)].map(([, name = '', , available = '']) => ({ name, installed: '', available }));
}

export function dnfFailure(words: string): Outcome<never> {
  const detail = words.slice(-500);
  if (/Unable to find a match|No match for argument/.test(words)) return failure('not-found', detail);
  if (/lock|Waiting for process/i.test(words)) return failure('busy', detail);
  if (/superuser privileges|Permission denied/.test(words)) return failure('not-permitted', detail);
  return failure('tool-failed', detail);
}
