/**
 * console/client/files: the files of one machine, for both faces. Each act is a signed directive; content crosses sealed
 * between this console and the agent (protocol/files). Transfers go on by themselves after any cut.
 */
import { formOf } from '../../../protocol/form.ts';
import type { Form } from '../../../protocol/form.ts';
import type { Machine } from '../../../protocol/messages/live.ts';
import { DirectoryPage, FileProperties } from '../../../protocol/files/facts.ts';
import type { RemotePath } from '../../../protocol/files/facts.ts';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import { carryOut } from '../carry-out.ts';
import type { Ending } from '../carry-out.ts';
import { download, downloadArchive } from './download.ts';
import type { Downloaded, FileSink } from './download.ts';
import { succeeded } from './transfer.ts';
import type { FileDesk, TransferOptions } from './transfer.ts';
import { upload } from './upload.ts';
import type { FileSource, Uploaded, UploadOptions } from './upload.ts';

const pageForm = formOf(DirectoryPage);
const propertiesForm = formOf(FileProperties);

export class RemoteFiles {
  readonly #desk: FileDesk;
  readonly #agentId: string;

  constructor(desk: FileDesk, agentId: string) {
    this.#desk = desk;
    this.#agentId = agentId;
  }

  /** One page of a directory, in the order of the names; `after` is the cursor of the page before. */
  async list(at: RemotePath, page: { readonly after?: string; readonly limit?: number } = {}): Promise<Outcome<DirectoryPage>> {
    return this.#ask('file.list', { ...at, ...page }, pageForm);
  }

  /** What it is; a link is not followed. */
  async properties(at: RemotePath): Promise<Outcome<FileProperties>> {
    return this.#ask('file.properties', { ...at }, propertiesForm);
  }

  /** Makes a directory, and those above it. No failure if it is there already. */
  async makeDirectory(at: RemotePath): Promise<Outcome<void>> {
    return this.#do('file.make-directory', { ...at });
  }

  /** `recursive`: a directory with everything in it. */
  async delete(at: RemotePath, options: { readonly recursive?: boolean } = {}): Promise<Outcome<void>> {
    return this.#do('file.delete', { ...at, ...options });
  }

  /** Renames or moves; `replace`: what stands there goes. */
  async move(at: RemotePath, to: RemotePath, options: { readonly replace?: boolean } = {}): Promise<Outcome<void>> {
    return this.#do('file.move', { ...at, to: to.path, ...(to.pathBytes === undefined ? {} : { toBytes: to.pathBytes }), ...options });
  }

  /** Brings a file here. What the sink has of it already is not sent again. */
  download(at: RemotePath, sink: FileSink, options: TransferOptions = {}): Promise<Outcome<Downloaded>> {
    return download({ desk: this.#desk, agentId: this.#agentId, ...options }, at, sink);
  }

  /** Brings a directory here as one tar archive (gzip'd if asked), made while it is sent. It cannot be taken up again after the agent was started anew. */
  downloadArchive(at: RemotePath, sink: FileSink, options: TransferOptions & { readonly gzip?: boolean } = {}): Promise<Outcome<Downloaded>> {
    const { gzip = false, ...rest } = options;
    return downloadArchive({ desk: this.#desk, agentId: this.#agentId, ...rest }, { ...at, gzip }, sink);
  }

  /** Brings a file there, beside what it replaces, which it replaces whole when all of it is there. */
  upload(source: FileSource, to: RemotePath, options: UploadOptions = {}): Promise<Outcome<Uploaded>> {
    return upload({ desk: this.#desk, agentId: this.#agentId, ...options }, source, to);
  }

  async #do(primitive: string, params: Record<string, unknown>): Promise<Outcome<void>> {
    const done = await this.#carryOut(primitive, params);
    return done.ok ? success(undefined) : done;
  }

  async #ask<T>(primitive: string, params: Record<string, unknown>, form: Form<T>): Promise<Outcome<T>> {
    const done = await this.#carryOut(primitive, params);
    if (!done.ok) return done;
    const { result } = done.value.report;
    return form.check(result) ? success(result) : failure('message-malformed', `the result of ${primitive} ${form.fault(result)}`);
  }

  async #carryOut(primitive: string, params: Record<string, unknown>): Promise<Outcome<Ending>> {
    const present = (): Machine | undefined => this.#desk.present(this.#agentId);
    const machine = present();
    if (machine === undefined) return failure('no-such-machine', this.#agentId);
    if (!machine.online) return failure('unreachable', `${machine.name} is off line`);
    return succeeded(await carryOut(this.#desk.desk(), { machine, primitive, params }, {}, present));
  }
}
