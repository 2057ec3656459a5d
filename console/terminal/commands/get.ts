/**
 * `behest get`: a file or a folder of the machine, brought here.
 */
import { mkdir, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { Command } from 'commander';
import type { FileEntry, RemotePath } from '../../../protocol/files/facts.ts';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import type { RemoteFiles } from '../../client/files/remote-files.ts';
import { everythingIn } from '../../client/files/walk.ts';
import type { Connection } from '../connection.ts';
import { filesOf } from '../files/desk.ts';
import { localFailure, LocalSink } from '../files/local-file.ts';
import { TransferDesk } from '../files/transfer-desk.ts';
import { conclude, withConnection } from '../toolkit.ts';
import type { CommandEnd, Toolkit } from '../toolkit.ts';

type GetOptions = { clobber: boolean };

export function getCommand(toolkit: Toolkit): Command {
  return new Command('get')
    .description('bring a file or a folder of a machine here')
    .argument('<agent>', 'name or id of the machine')
    .argument('<remote>', 'absolute path there')
    .argument('[local]', 'where to: for a file a name or an existing folder, for a folder its name, or where it goes into with a slash at the end (default: the present folder)')
    .option('--no-clobber', 'leave files alone that are here already')
    .addHelpText('after', '\nCut off or interrupted, the same command goes on where it was. A file is put in its place whole, with its time and mode.')
    .action(async (agent: string, remote: string, local: string | undefined, ...[options, command]: [GetOptions, Command]) => {
      await conclude(toolkit, withConnection(toolkit, command, (connection) => get(toolkit, connection, { agent, remote, local: local ?? '.', options })));
      process.exit();
    });
}

type Asked = { readonly agent: string; readonly remote: string; readonly local: string; readonly options: GetOptions };

async function get(toolkit: Toolkit, connection: Connection, { agent, remote, local, options }: Asked): Promise<CommandEnd> {
  const there = filesOf(connection, { agent, path: remote });
  if (!there.ok) return there;
  const { files, name } = there.value;
  const looked = await files.properties({ path: remote });
  if (!looked.ok) return looked;
  const isFolder = looked.value.kind === 'directory' || looked.value.linkKind === 'directory';
  const place = await placeFor(local, basename(remote) || name, isFolder);
  const getting = new Getting(files, new TransferDesk(toolkit), options);
  const done = isFolder ? await getting.folder({ path: remote }, place) : await getting.file({ path: remote }, place);
  return done.ok ? getting.transfers.end(`from ${name}`) : done;
}

/**
 * A file goes into an existing folder under its own name, as cp does it. A folder becomes the one that was named, so that
 * the same command goes on with it; into another one only where the name ends in a slash, or is the present folder.
 */
async function placeFor(local: string, name: string, isFolder: boolean): Promise<string> {
  const isInto = isFolder ? local === '.' || local.endsWith('/') : (await stat(local).catch(() => undefined))?.isDirectory() === true;
  return isInto ? join(local, name) : resolve(local);
}

class Getting {
  readonly transfers: TransferDesk;
  readonly #files: RemoteFiles;
  readonly #options: GetOptions;

  constructor(files: RemoteFiles, transfers: TransferDesk, options: GetOptions) {
    this.#files = files;
    this.transfers = transfers;
    this.#options = options;
  }

  async folder(from: RemotePath, to: string): Promise<Outcome<void>> {
    const made = await makeFolder(to);
    if (!made.ok) return made;
    for await (const found of everythingIn(this.#files, from)) {
      if (!found.ok) return found;
      const { at, below, entry } = found.value;
      const place = join(to, ...below);
      const done = await this.#one(at, place, entry);
      if (!done.ok) return done;
    }
    return success(undefined);
  }

  /** Links and what is no file are left out, and said. */
  async #one(at: RemotePath, place: string, entry: FileEntry): Promise<Outcome<void>> {
    if (isUnsafe(entry.name)) return failure('not-supported', `${at.path}: a name that cannot be used here`);
    if (entry.kind === 'directory') return makeFolder(place);
    if (entry.kind === 'file') return this.file(at, place, entry);
    this.transfers.leaveOut(at.path, entry.kind);
    return success(undefined);
  }

  async file(at: RemotePath, place: string, known?: FileEntry): Promise<Outcome<void>> {
    const here = await stat(place).catch(() => undefined);
    if (here?.isDirectory() === true) return failure('not-a-file', `${place}, on this machine, is a folder`);
    if (here !== undefined && !this.#options.clobber) return this.transfers.skip(place);
    if (here !== undefined && known !== undefined && here.size === known.size && Math.floor(here.mtimeMs) === known.modifiedMs) return this.transfers.skip(place);
    const sink = await LocalSink.open(place);
    if (!sink.ok) return sink;
    const done = await this.transfers.run(at.path, (options) => this.#files.download(at, sink.value, options));
    await sink.value.close();
    return done;
  }
}

/** A machine must not choose where its files go here. */
function isUnsafe(name: string): boolean {
  return name === '' || name === '.' || name === '..' || name.includes('/') || name.includes('\\') || name.includes('\0');
}

async function makeFolder(path: string): Promise<Outcome<void>> {
  try {
    await mkdir(path, { recursive: true });
    return success(undefined);
  } catch (error) {
    return localFailure(error, path);
  }
}
