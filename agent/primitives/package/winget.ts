/**
 * Windows: winget, whose tables are cut by the columns of their head.
 */
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import { streamTool } from '../stream-tool.ts';
import { askToolToSucceed } from '../tool.ts';
import type { Change, InstalledPackage, PackageManager, PackageUpdate } from './manager.ts';

const quiet = ['--disable-interactivity', '--accept-source-agreements'];

export const winget: PackageManager = {
  name: 'winget',
  installed: async (context) => {
    const said = await askToolToSucceed('winget', ['list', ...quiet], context);
    return said.ok ? success(readInstalled(said.value.stdout)) : said;
  },
  updates: async (context, refresh) => {
    const refreshed = refresh ? await askToolToSucceed('winget', ['source', 'update', '--disable-interactivity'], context) : success(undefined);
    if (!refreshed.ok) return refreshed;
    const said = await askToolToSucceed('winget', ['upgrade', ...quiet], context);
    return said.ok ? success(readUpgrades(said.value.stdout)) : said;
  },
  change: async (change, context) => {
    for (const args of wingetArguments(change)) {
      const ended = await streamTool('winget', args, context);
      if (!ended.ok) return ended;
      if (ended.value.exitCode !== 0) return wingetFailure(ended.value.lastWords);
    }
    return success(undefined);
  },
};

/** One run a package: winget takes no list. */
export function wingetArguments({ verb, names }: Change): string[][] {
  const word = { install: 'install', update: 'upgrade', remove: 'uninstall' }[verb];
  const agreed = verb === 'remove' ? quiet : [...quiet, '--accept-package-agreements'];
  if (verb === 'update' && names.length === 0) return [['upgrade', '--all', '--silent', ...agreed]];
  return names.map((name) => [word, '--id', name, '--exact', '--silent', ...agreed]);
}

export function readInstalled(text: string): InstalledPackage[] {
  return readTable(text).flatMap(([, name = '', version = '']) => (name === '' ? [] : [{ name, version, architecture: '', manager: 'winget' as const }]));
}

export function readUpgrades(text: string): PackageUpdate[] {
  return readTable(text).flatMap(([, name = '', installed = '', available = '']) => (name === '' || available === '' ? [] : [{ name, installed, available }]));
}

/** Cells of the lines under the dashes, where the words of the head begin. Columns: name, id, version, available, source. */
function readTable(text: string): string[][] {
  const lines = text.split(/\r?\n/).map((line) => line.slice(line.lastIndexOf('\r') + 1));
  const ruler = lines.findIndex((line) => /^-{10,}\s*$/.test(line));
  const head = lines[ruler - 1];
  if (head === undefined) return [];
  const starts = [...head.matchAll(/\S+/g)].map(({ index }) => index);
  const rows = lines.slice(ruler + 1);
  const end = rows.findIndex((line) => line.trim() === '' || /^\d+ /.test(line));
  return (end < 0 ? rows : rows.slice(0, end)).map((line) => starts.map((start, place) => line.slice(start, starts[place + 1]).trim()));
}

export function wingetFailure(words: string): Outcome<never> {
  const detail = words.slice(-500);
  if (/No (installed )?package found/.test(words)) return failure('not-found', detail);
  if (/Another installation is already in progress/.test(words)) return failure('busy', detail);
  return failure('tool-failed', detail);
}
