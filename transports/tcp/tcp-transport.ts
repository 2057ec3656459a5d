/** Either end of the TCP transport, on an open stream. */
import type { Duplex } from 'node:stream';
import type { Clock } from '../../protocol/clock.ts';
import { FrameGate } from '../../protocol/frame-gate.ts';
import { limits } from '../../protocol/limits.ts';
import type { Transport, TransportClosed, TransportHandlers } from '../../protocol/transport.ts';
import { reasonOf } from '../good-bye.ts';
import type { GoodBye } from '../good-bye.ts';
import { encodeGoodBye, headOf, ItemReader, opening } from './wire.ts';
import type { Item } from './wire.ts';

export type TcpOptions = { readonly side: 'dialler' | 'dialled'; readonly remoteAddress: string; readonly clock: Clock };

export class TcpTransport implements Transport {
  readonly name = 'tcp';
  readonly remoteAddress: string;
  readonly #stream: Duplex;
  readonly #clock: Clock;
  readonly #gate = new FrameGate();
  readonly #reader: ItemReader;
  #isFull = false;
  #isCorked = false;
  #isEnding = false;
  /** Why it ends, when one side said so. */
  #cause: TransportClosed | undefined;

  /** Takes over a stream from which nothing has been read. */
  constructor(stream: Duplex, { side, remoteAddress, clock }: TcpOptions) {
    this.#stream = stream;
    this.remoteAddress = remoteAddress;
    this.#clock = clock;
    this.#reader = new ItemReader(side === 'dialled');
    stream.on('data', (chunk: Buffer) => this.#receive(chunk));
    stream.on('error', (error) => this.#note({ code: 'connection-lost', detail: error.message }));
    stream.on('end', () => this.#hearEnd());
    stream.on('close', () => this.#gate.close(this.#cause ?? { code: 'connection-lost', detail: 'the connection ended without a word' }));
    if (side === 'dialler') this.#write(opening);
  }

  listen(handlers: TransportHandlers): void {
    this.#gate.listen(handlers);
  }

  send(frame: Uint8Array): boolean {
    if (this.#isEnding || this.#stream.destroyed) return false;
    if (frame.byteLength > limits.maxFrameBytes) {
      this.#end('frame-too-large', `a frame of ${frame.byteLength} bytes was to be sent`);
      return false;
    }
    this.#write(headOf(frame));
    if (frame.byteLength > 0) this.#write(frame);
    this.#isFull ||= this.#stream.writableLength > limits.transportHighWaterBytes;
    return !this.#isFull;
  }

  close(): void {
    this.#end('closed', 'closed by this side');
  }

  /** Everything that is written in one tick leaves together. */
  #write(bytes: Uint8Array): void {
    if (!this.#isCorked) {
      this.#isCorked = true;
      this.#stream.cork();
      process.nextTick(() => {
        this.#isCorked = false;
        this.#stream.uncork();
      });
    }
    this.#stream.write(bytes, () => this.#noteSent());
  }

  #noteSent(): void {
    if (!this.#isFull || this.#stream.writableLength > limits.transportHighWaterBytes / 2) return;
    this.#isFull = false;
    if (!this.#isEnding && !this.#stream.destroyed) this.#gate.drained();
  }

  #receive(chunk: Uint8Array): void {
    for (const item of this.#reader.read(chunk)) this.#take(item);
  }

  #take(item: Item | 'malformed'): void {
    if (item === 'malformed') return this.#end('message-malformed', 'the opening of another protocol came');
    if (item.kind === 'good-bye') return this.#hearGoodBye(item.byte);
    if (item.kind !== 'frame' || this.#cause !== undefined) return;
    if (!this.#gate.frame(item.frame)) this.#end('overrun', 'nobody took the frames that came');
  }

  #hearGoodBye(byte: number): void {
    this.#note(reasonOf(byte) ?? { code: 'message-malformed', detail: `a good-bye of an unknown kind came: ${byte}` });
    this.#hearEnd();
  }

  #hearEnd(): void {
    this.#isEnding = true;
    this.#cutInTime();
    this.#stream.end();
  }

  /** Says why, after what is queued, and ends. */
  #end(code: GoodBye, detail: string): void {
    if (this.#isEnding) return;
    this.#note({ code, detail });
    this.#isEnding = true;
    this.#write(encodeGoodBye(code));
    this.#stream.end();
    this.#cutInTime();
  }

  #note(cause: TransportClosed): void {
    this.#cause ??= cause;
  }

  #cutInTime(): void {
    const cut = this.#clock.after(limits.closeWithinMs, () => this.#stream.destroy());
    this.#stream.once('close', () => cut.cancel());
  }
}
