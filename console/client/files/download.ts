/**
 * A file, or a directory as an archive, from the machine to here.
 */
import { base64Url, sameBytes } from '../../../protocol/bytes.ts';
import { FileDigest } from '../../../protocol/files/digest.ts';
import { ReadAbout } from '../../../protocol/files/facts.ts';
import type { RemotePath } from '../../../protocol/files/facts.ts';
import { PieceReader } from '../../../protocol/files/pieces.ts';
import type { FilePiece } from '../../../protocol/files/pieces.ts';
import { formOf } from '../../../protocol/form.ts';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import { runLeg, TransferMeter, withLegs } from './transfer.ts';
import type { Transfer } from './transfer.ts';

/** Where it goes. Everything is awaited before the next call. */
export type FileSink = {
  /** What an earlier attempt has left, from the beginning on; absent: nothing, and the sink is empty. */
  kept?(): Promise<AsyncIterable<Uint8Array>>;
  /** Forgets what was kept: the file there is another one now. */
  restart(): Promise<Outcome<void>>;
  /** The next bytes. They may be used for something else as soon as it has resolved. */
  write(bytes: Uint8Array): Promise<Outcome<void>>;
  /** So many zeros come next: a hole, if the sink can have one. */
  zeros(length: number): Promise<Outcome<void>>;
  /** All of it is there and its digest is right. */
  finish(about: ReadAbout): Promise<Outcome<void>>;
};

export type Downloaded = {
  readonly bytes: number;
  /** Of them, those that were kept from an earlier attempt. */
  readonly kept: number;
  /** Times of the file and so on, as they were when it was opened. */
  readonly about: ReadAbout;
  /** What the signed report says of it. */
  readonly result: unknown;
};

const aboutForm = formOf(ReadAbout);

export function download(transfer: Transfer, at: RemotePath, sink: FileSink): Promise<Outcome<Downloaded>> {
  return new Download(transfer, sink).run('file.read', { ...at });
}

export function downloadArchive(transfer: Transfer, params: RemotePath & { readonly gzip: boolean }, sink: FileSink): Promise<Outcome<Downloaded>> {
  return new Download(transfer, { ...sinkOnly(sink) }).run('file.archive', { ...params });
}

/** An archive is made anew each time: nothing that was kept of another can be gone on with. */
function sinkOnly(sink: FileSink): FileSink {
  return { restart: () => sink.restart(), write: (bytes) => sink.write(bytes), zeros: (length) => sink.zeros(length), finish: (about) => sink.finish(about) };
}

class Download {
  readonly #transfer: Transfer;
  readonly #sink: FileSink;
  readonly #meter: TransferMeter;
  #digest = new FileDigest();
  #reader = new PieceReader();
  #about: ReadAbout | undefined;
  #kept = 0;
  #end: Uint8Array | undefined;

  constructor(transfer: Transfer, sink: FileSink) {
    this.#transfer = transfer;
    this.#sink = sink;
    this.#meter = new TransferMeter(transfer.desk.desk().clock, transfer);
  }

  async run(primitive: string, params: Record<string, unknown>): Promise<Outcome<Downloaded>> {
    await this.#takeKept();
    const done = await withLegs(this.#transfer, this.#meter, () => this.#leg(primitive, params));
    if (!done.ok && done.code === 'changed-meanwhile' && this.#meter.bytes > 0) {
      const anew = await this.#startAnew();
      return anew.ok ? this.run(primitive, params) : anew;
    }
    return done;
  }

  async #takeKept(): Promise<void> {
    const kept = await this.#sink.kept?.();
    let bytes = 0;
    if (kept !== undefined) {
      for await (const part of kept) {
        await this.#digest.add(part);
        bytes += part.byteLength;
      }
    }
    this.#kept = bytes;
    this.#meter.begin(bytes, undefined);
  }

  async #startAnew(): Promise<Outcome<void>> {
    this.#digest = new FileDigest();
    this.#meter.begin(0, undefined);
    return this.#sink.restart();
  }

  async #leg(primitive: string, params: Record<string, unknown>): Promise<Outcome<Downloaded>> {
    const { bytes } = this.#meter;
    this.#reader = new PieceReader();
    this.#about = undefined;
    this.#end = undefined;
    const known = bytes === 0 ? {} : { known: { bytes, digest: base64Url(await this.#digest.value()) } };
    const ended = await runLeg(this.#transfer, { primitive, params: { ...params, ...known } }, {
      output: (output) => this.#take(output),
      interrupted: (isCut) => this.#meter.interrupted(isCut),
    });
    return ended.ok ? this.#finish(ended.value.report.result) : ended;
  }

  async #take(output: Uint8Array): Promise<Outcome<void>> {
    for (const piece of this.#reader.read(output)) {
      const taken = piece === 'malformed' ? failure('message-malformed', 'the machine sent what is no file') : await this.#takePiece(piece);
      if (!taken.ok) return taken;
    }
    return success(undefined);
  }

  async #takePiece(piece: FilePiece): Promise<Outcome<void>> {
    switch (piece.type) {
      case 'about': return this.#begin(piece.about);
      case 'end':
        this.#end = piece.digest;
        return success(undefined);
      case 'zeros': {
        await this.#digest.addZeros(piece.length);
        this.#meter.add(piece.length);
        return this.#sink.zeros(piece.length);
      }
      case 'data': {
        this.#meter.add(piece.bytes.byteLength);
        const [written] = await Promise.all([this.#sink.write(piece.bytes), this.#digest.add(piece.bytes)]);
        return written;
      }
    }
  }

  async #begin(about: unknown): Promise<Outcome<void>> {
    if (!aboutForm.check(about) || about.from !== this.#meter.bytes) return failure('message-malformed', 'the machine goes on at another place');
    this.#about = about;
    this.#meter.begin(about.from, about.size);
    return success(undefined);
  }

  async #finish(result: unknown): Promise<Outcome<Downloaded>> {
    if (this.#about === undefined || this.#end === undefined) return failure('output-lost', 'the end is missing');
    if (!sameBytes(this.#end, await this.#digest.value())) {
      await this.#startAnew();
      return failure('digest-mismatch', 'what was brought here is not what was read there');
    }
    const finished = await this.#sink.finish(this.#about);
    this.#meter.end();
    return finished.ok ? success({ bytes: this.#meter.bytes, kept: this.#kept, about: this.#about, result }) : finished;
  }
}
