/**
 * `behest put`: a file or a folder of this machine, brought there.
 */
import { opendir, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { Command } from 'commander';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import { RemoteFiles } from '../../client/files/remote-files.ts';
import { within } from '../../client/files/walk.ts';
import { machineNamed } from '../connection.ts';
import type { Connection } from '../connection.ts';
import { deskOf } from '../files/desk.ts';
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
    .argument('<remote>', 'absolute path there: a name, or an existing folder')
    .option('--no-clobber', 'leave files alone that are there already')
    .addHelpText('after', '\nCut off or interrupted, the same command goes on where it was. A file replaces what stood there whole, when all of it has come.')
    .action(async (agent: string, local: string, remote: string, ...[options, command]: [PutOptions, Command]) => {
      await conclude(toolkit, withConnection(toolkit, command, (connection) => put(toolkit, connection, { agent, local, remote, options })));
      process.exit();
    });
}

type Asked = { readonly agent: string; readonly local: string; readonly remote: string; readonly options: PutOptions };

async function put(toolkit: Toolkit, connection: Connection, { agent, local, remote, options }: Asked): Promise<CommandEnd> {
  const machine = machineNamed(connection, agent);
  if (!machine.ok) return machine;
  const here = await lookHere(local);
  if (!here.ok) return here;
  const files = new RemoteFiles(deskOf(connection), machine.value.id);
  const place = await placeFor(files, remote, basename(resolve(local)));
  if (!place.ok) return place;
  const putting = new Putting(files, new TransferDesk(toolkit), options);
  const done = here.value === 'folder' ? await putting.folder(local, place.value) : await putting.file(local, place.value);
  return done.ok ? putting.transfers.end(`to ${machine.value.name}`) : done;
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

/** As cp does: into an existing folder under its own name, otherwise under the name given. */
async function placeFor(files: RemoteFiles, remote: string, name: string): Promise<Outcome<string>> {
  const there = await files.properties({ path: remote });
  if (!there.ok) return there.code === 'not-found' ? success(remote) : there;
  const isFolder = there.value.kind === 'directory' || there.value.linkKind === 'directory';
  return success(isFolder ? within({ path: remote }, { name }).path : remote);
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
