/**
 * `behest ls`: what is in a directory of the machine.
 */
import { Command } from 'commander';
import type { FileEntry } from '../../../protocol/files/facts.ts';
import { success } from '../../../protocol/outcome.ts';
import { limits } from '../../../protocol/limits.ts';
import { entriesIn } from '../../client/files/walk.ts';
import type { Connection } from '../connection.ts';
import { filesOf } from '../files/desk.ts';
import { writeMoment } from '../text/durations.ts';
import { writeBytes } from '../text/sizes.ts';
import { table } from '../text/table.ts';
import type { Column } from '../text/table.ts';
import { conclude, exitCodes, withConnection } from '../toolkit.ts';
import type { CommandEnd, Toolkit } from '../toolkit.ts';

type LsOptions = { json?: boolean };

export function lsCommand(toolkit: Toolkit): Command {
  return new Command('ls')
    .description('list a directory of a machine')
    .argument('<agent>', 'name or id of the machine')
    .argument('<path>', 'absolute path there')
    .option('--json', 'print one JSON object a line, as they come')
    .action((agent: string, path: string, options: LsOptions, command: Command) =>
      conclude(toolkit, withConnection(toolkit, command, (connection) => list(toolkit, connection, { agent, path, options }))));
}

async function list({ io }: Toolkit, connection: Connection, { agent, path, options }: { agent: string; path: string; options: LsOptions }): Promise<CommandEnd> {
  const there = filesOf(connection, { agent, path });
  if (!there.ok) return there;
  const { files } = there.value;
  const looked = await files.properties({ path });
  if (!looked.ok) return looked;
  const show = (entries: readonly FileEntry[], isFirst: boolean): void => {
    if (options.json === true) for (const entry of entries) io.json(entry);
    else for (const line of table(columns(io.paint), entries, io.width).slice(isFirst ? 0 : 1)) io.line(line);
  };
  if (looked.value.kind !== 'directory' && looked.value.linkKind !== 'directory') {
    show([looked.value], true);
    return success(exitCodes.done);
  }
  let isFirst = true;
  for await (const page of entriesIn(files, { path }, limits.maxFileEntries)) {
    if (!page.ok) return page;
    show(page.value, isFirst);
    isFirst = false;
  }
  return success(exitCodes.done);
}

function columns(paint: Toolkit['io']['paint']): Column<FileEntry>[] {
  return [
    { title: 'MODE', value: ({ mode = '' }) => mode },
    { title: 'SIZE', value: ({ kind, size }) => (kind === 'file' ? writeBytes(size) : '') },
    { title: 'MODIFIED', value: ({ modifiedMs }) => writeMoment(modifiedMs) },
    { title: 'NAME', value: nameWords, paint: (text, { kind }) => (kind === 'directory' ? paint('strong', text) : text) },
  ];
}

/** `etc/`, `resolv.conf -> ../run/resolv.conf`; what is neither file nor directory by its kind. */
function nameWords({ name, kind, linkTarget }: FileEntry): string {
  if (kind === 'directory') return `${name}/`;
  if (kind === 'link') return `${name} -> ${linkTarget ?? '?'}`;
  return kind === 'file' ? name : `${name} (${kind.replace('-', ' ')})`;
}
