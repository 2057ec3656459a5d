/**
 * `behest put`: a file or a folder of this machine, brought there.
 */
import { opendir, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { Command } from 'commander';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import type { RemoteFiles } from '../../client/files/remote-files.ts';
import { within } from '../../client/files/walk.ts';
import type { Connection } from '../connection.ts';
import { filesOf } from '../files/desk.ts';
import { localFailure, openSource } from '../files/local-file.ts';
import { TransferDesk } from '../files/transfer-desk.ts';
import { conclude, withConnection } from '../toolkit.ts';
import type { CommandEnd, Toolkit } from '../toolkit.ts';

type PutOptions = { clobber: boolean };

export function putCommand(toolkit: Toolkit): Command {
  return new Command('put')
    .description('bring a file or a folder of this machine to another')
    .argument('<agent>', 'name or id of the machine')
    .argument('<local>', 'file or folder here')
    .argument('<remote>', 'absolute path there: for a file a name or an existing folder, for a folder its name, or where it goes into with a slash at the end')
    .option('--no-clobber', 'leave files alone that are there already')
    .addHelpText('after', '\nCut off or interrupted, the same command goes on where it was. A file replaces what stood there whole, when all of it has come.')
    .action(async (agent: string, local: string, remote: string, ...[options, command]: [PutOptions, Command]) => {
      await conclude(toolkit, withConnection(toolkit, command, (connection) => put(toolkit, connection, { agent, local, remote, options })));
      process.exit();
    });
}

type Asked = { readonly agent: string; readonly local: string; readonly remote: string; readonly options: PutOptions };

async function put(toolkit: Toolkit, connection: Connection, { agent, local, remote, options }: Asked): Promise<CommandEnd> {
  const there = filesOf(connection, { agent, path: remote });
  if (!there.ok) return there;
  const { files, name } = there.value;
  const here = await lookHere(local);
  if (!here.ok) return here;
  const place = await placeFor(files, remote, { name: basename(resolve(local)), isFolder: here.value === 'folder' });
  if (!place.ok) return place;
  const putting = new Putting(files, new TransferDesk(toolkit), options);
  const done = here.value === 'folder' ? await putting.folder(local, place.value) : await putting.file(local, place.value);
  return done.ok ? putting.transfers.end(`to ${name}`) : done;
}

async function lookHere(local: string): Promise<Outcome<'file' | 'folder'>> {
  try {
    const found = await stat(local);
    if (found.isDirectory()) return success('folder');
    return found.isFile() ? success('file') : failure('not-a-file', `${local}, on this machine`);
  } catch (error) {
    return localFailure(error, local);
  }
}

/** As in `get`: a file goes into an existing folder, a folder only where the name ends in a slash. */
async function placeFor(files: RemoteFiles, remote: string, local: { readonly name: string; readonly isFolder: boolean }): Promise<Outcome<string>> {
  const into = within({ path: remote }, local).path;
  if (local.isFolder || remote.endsWith('/')) return success(remote.endsWith('/') ? into : remote);
  const there = await files.properties({ path: remote });
  if (!there.ok) return there.code === 'not-found' ? success(remote) : there;
  return success(there.value.kind === 'directory' || there.value.linkKind === 'directory' ? into : remote);
}

class Putting {
  readonly transfers: TransferDesk;
  readonly #files: RemoteFiles;
  readonly #options: PutOptions;

  constructor(files: RemoteFiles, transfers: TransferDesk, options: PutOptions) {
    this.#files = files;
    this.transfers = transfers;
    this.#options = options;
  }

  async folder(from: string, to: string): Promise<Outcome<void>> {
    const made = await this.#files.makeDirectory({ path: to });
    if (!made.ok) return made;
    for (const { name, kind } of await namesIn(from)) {
      const [here, there] = [join(from, name), within({ path: to }, { name }).path];
      if (kind === 'other') this.transfers.leaveOut(here, 'link or no file');
      const done = kind === 'folder' ? await this.folder(here, there) : kind === 'file' ? await this.file(here, there) : success(undefined);
      if (!done.ok) return done;
    }
    return success(undefined);
  }

  async file(from: string, to: string): Promise<Outcome<void>> {
    const opened = await openSource(from);
    if (!opened.ok) return opened;
    const done = await this.transfers.run(from, (options) => this.#files.upload(opened.value.source, { path: to }, { ...options, replace: this.#options.clobber }));
    await opened.value.close();
    return !done.ok && done.code === 'already-exists' ? this.transfers.skip(to) : done;
  }
}

async function namesIn(folder: string): Promise<{ readonly name: string; readonly kind: 'file' | 'folder' | 'other' }[]> {
  const names = [];
  for await (const entry of await opendir(folder)) names.push({ name: entry.name, kind: entry.isFile() ? 'file' as const : entry.isDirectory() ? 'folder' as const : 'other' as const });
  return names.sort((left, right) => left.name.localeCompare(right.name));
}
