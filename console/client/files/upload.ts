/**
 * A file from here to the machine. The machine says from which byte on it wants the content: what an earlier attempt of the
 * same transfer has brought there is not sent again.
 */
import { hex, utf8 } from '../../../protocol/bytes.ts';
import { FileDigest } from '../../../protocol/files/digest.ts';
import { WriteAbout } from '../../../protocol/files/facts.ts';
import type { RemotePath } from '../../../protocol/files/facts.ts';
import { dataHead, endPiece, PieceReader, zerosPiece } from '../../../protocol/files/pieces.ts';
import { formOf } from '../../../protocol/form.ts';
import { limits } from '../../../protocol/limits.ts';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import { sha256 } from '../../../protocol/crypto.ts';
import type { LiveStream } from '../attachments.ts';
import { runLeg, TransferMeter, withLegs } from './transfer.ts';
import type { Transfer, TransferOptions } from './transfer.ts';

/** Where it comes from. A `File` of a page: `{ size, modifiedMs: lastModified, read: (from, to) => slice(from, to) … }`. */
export type FileSource = {
  readonly size: number;
  /** Milliseconds since 1970; given to the file there. */
  readonly modifiedMs?: number;
  /** Rights as chmod takes them, such as `0644`; left out: those of a new file there. */
  readonly mode?: string;
  /** The bytes from `from` up to `to`, all of them. They are not changed afterwards. */
  read(from: number, to: number): Promise<Outcome<Uint8Array>>;
};

export type UploadOptions = TransferOptions & {
  /** Names this transfer, so that a later attempt goes on where this one was; 32 hex digits. Left out: made of the target, `size` and `modifiedMs`. */
  readonly transferId?: string;
  /** False: fails with `already-exists` when something stands there. */
  readonly replace?: boolean;
  /** Makes the directories above it. */
  readonly makeParents?: boolean;
};

export type Uploaded = {
  readonly bytes: number;
  /** Of them, those that an earlier attempt had brought there. */
  readonly kept: number;
  readonly result: unknown;
};

const aboutForm = formOf(WriteAbout);

export async function upload(transfer: Transfer & UploadOptions, source: FileSource, to: RemotePath): Promise<Outcome<Uploaded>> {
  const { transferId = await transferIdOf(transfer.agentId, source, to), replace, makeParents } = transfer;
  const { size, modifiedMs, mode } = source;
  const options = { replace, makeParents, modifiedMs, mode };
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  return new Upload(transfer, source).run({ ...to, size, transferId, ...given });
}

/** The same for the same content at the same place, as far as size and time tell: what the agent finds of it, it goes on with. */
async function transferIdOf(agentId: string, { size, modifiedMs }: FileSource, to: RemotePath): Promise<string> {
  const named = JSON.stringify([agentId, to.path, to.pathBytes ?? '', size, modifiedMs ?? 0]);
  return hex((await sha256(utf8(named))).subarray(0, 16));
}

class Upload {
  readonly #transfer: Transfer;
  readonly #source: FileSource;
  readonly #meter: TransferMeter;
  #kept: number | undefined;
  /** Why the content could not be given; the leg is ended with it. */
  #fault: Outcome<void> = success(undefined);

  constructor(transfer: Transfer, source: FileSource) {
    this.#transfer = transfer;
    this.#source = source;
    this.#meter = new TransferMeter(transfer.desk.desk().clock, transfer);
  }

  async run(params: Record<string, unknown>): Promise<Outcome<Uploaded>> {
    const done = await withLegs(this.#transfer, this.#meter, () => this.#leg(params));
    if (done.ok) this.#meter.end();
    return done;
  }

  async #leg(params: Record<string, unknown>): Promise<Outcome<Uploaded>> {
    const reader = new PieceReader();
    let stream: LiveStream | undefined;
    const giving = new AbortController();
    const ended = await runLeg(this.#transfer, { primitive: 'file.write', params }, {
      started: (started) => (stream = started),
      interrupted: (isCut) => this.#meter.interrupted(isCut),
      output: async (bytes) => {
        for (const piece of reader.read(bytes)) {
          if (piece === 'malformed' || piece.type !== 'about' || !aboutForm.check(piece.about) || stream === undefined) return failure('message-malformed', 'the machine did not say where to begin');
          void this.#give(stream, piece.about.from, giving.signal);
        }
        return success(undefined);
      },
    });
    giving.abort();
    if (!this.#fault.ok) return this.#fault;
    return ended.ok ? success({ bytes: this.#source.size, kept: this.#kept ?? 0, result: ended.value.report.result }) : ended;
  }

  /** Sends the content from `from` on, as the stream has room; ends it early when the source fails. */
  async #give(stream: LiveStream, from: number, signal: AbortSignal): Promise<void> {
    this.#kept ??= from;
    this.#meter.begin(from, this.#source.size);
    const given = await this.#giveContent(stream, from, signal);
    if (!given.ok) this.#fault = given;
    if (!signal.aborted) stream.endInput();
  }

  async #giveContent(stream: LiveStream, from: number, signal: AbortSignal): Promise<Outcome<void>> {
    const { size } = this.#source;
    const digest = new FileDigest();
    let next = this.#source.read(0, Math.min(size, limits.fileReadBytes));
    for (let at = 0; at < size && !signal.aborted;) {
      const read = await next;
      if (!read.ok) return read;
      const bytes = read.value;
      const end = at + bytes.byteLength;
      if (end < size) next = this.#source.read(end, Math.min(size, end + limits.fileReadBytes));
      await digest.add(bytes);
      if (end > from) await this.#send(stream, bytes.subarray(Math.max(0, from - at)));
      at = end;
    }
    await stream.write(endPiece(await digest.value()));
    return success(undefined);
  }

  async #send(stream: LiveStream, bytes: Uint8Array): Promise<void> {
    if (bytes.every((byte) => byte === 0)) await stream.write(zerosPiece(bytes.byteLength));
    else {
      void stream.write(dataHead(bytes.byteLength));
      await stream.write(bytes);
    }
    this.#meter.add(bytes.byteLength);
  }
}
