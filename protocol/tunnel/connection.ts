/**
 * One of the connections in a tunnel, alike at both ends: what is written here comes out at the other end, with credit
 * for each direction and a half-close.
 */
import { utf8, textOf } from '../bytes.ts';
import { isErrorCode } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import { limits } from '../limits.ts';
import { maxFrameRest } from './frames.ts';
import type { Frame, FrameType } from './frames.ts';

export type TunnelHandlers = {
  /** The destination answers: told at the console only. */
  opened?(): void;
  /** `take` gives the far end credit for as much again, once these have been dealt with. */
  data(bytes: Uint8Array): void;
  /** No more data comes. */
  ended(): void;
  /** After `write` was false: there is room again. */
  drained(): void;
  /** It broke, there or here, before both directions had ended. Last call. */
  reset(code: ErrorCode): void;
  /** Both directions have ended. Last call. */
  closed?(): void;
};

export class TunnelConnection {
  readonly #send: (type: FrameType, rest?: Uint8Array) => void;
  readonly #gone: () => void;
  #handlers: TunnelHandlers | undefined;
  /** What came before there was anybody to tell; the window bounds it. */
  #early: ((handlers: TunnelHandlers) => void)[] = [];
  /** Bytes that may still be sent, and that may still come. */
  #room: number = limits.tunnelWindowBytes;
  #expected: number = limits.tunnelWindowBytes;
  #untoldBytes = 0;
  /** Written beyond the room, in order: no more than one write of a caller that heeds `write`. */
  #waiting: Uint8Array[] = [];
  #ending = false;
  #hasEnded = false;
  #farEnded = false;
  #over = false;

  /** `gone`: nothing more will be said of it. */
  constructor(send: (type: FrameType, rest?: Uint8Array) => void, gone: () => void) {
    this.#send = send;
    this.#gone = gone;
  }

  listen(handlers: TunnelHandlers): void {
    this.#handlers = handlers;
    for (const tell of this.#early.splice(0)) tell(handlers);
  }

  /** Nothing more comes or goes. */
  get isOver(): boolean {
    return this.#over;
  }

  /** Agent: the destination answers. */
  opened(): void {
    if (!this.#over) this.#send('opened');
  }

  /** False: write no more before `drained`. */
  write(bytes: Uint8Array): boolean {
    if (this.#over || this.#ending) return true;
    if (bytes.byteLength > 0) this.#waiting.push(bytes);
    this.#flush();
    return this.#waiting.length === 0 && this.#room > 0;
  }

  /** No more will be written. */
  end(): void {
    this.#ending = true;
    this.#flush();
  }

  /** So many bytes have been dealt with. */
  take(bytes: number): void {
    if (this.#over || this.#farEnded) return;
    this.#expected += bytes;
    this.#untoldBytes += bytes;
    if (this.#untoldBytes < limits.tunnelWindowBytes / 4) return;
    const told = this.#untoldBytes;
    this.#untoldBytes = 0;
    this.#send('taken', numberBytes(told));
  }

  /** Breaks it at once, for both ends. */
  reset(code: ErrorCode): void {
    if (this.#over) return;
    this.#send('reset', utf8(code));
    this.#leave();
  }

  /** The tunnel is gone: like a reset from the far end. */
  break(code: ErrorCode): void {
    if (this.#over) return;
    this.#leave();
    this.#tell((on) => on.reset(code));
  }

  /** A frame of the far end; what it must not send is answered with a code, which ends the tunnel. */
  receive({ type, rest }: Frame): ErrorCode | undefined {
    switch (type) {
      case 'data': return this.#data(rest);
      case 'taken': return this.#taken(rest);
      case 'end': return this.#farEnd();
      case 'reset': return this.#farReset(rest);
      case 'opened': return this.#tell((on) => on.opened?.());
      case 'open': return 'message-malformed';
    }
  }

  #data(bytes: Uint8Array): ErrorCode | undefined {
    if (this.#farEnded) return 'message-malformed';
    this.#expected -= bytes.byteLength;
    if (this.#expected < 0) return 'credit-exceeded';
    return this.#tell((on) => on.data(bytes));
  }

  #taken(rest: Uint8Array): ErrorCode | undefined {
    if (rest.byteLength !== 4) return 'message-malformed';
    this.#room += new DataView(rest.buffer, rest.byteOffset).getUint32(0);
    if (this.#room > limits.tunnelWindowBytes) return 'credit-exceeded';
    const wasWaiting = this.#ending;
    this.#flush();
    if (!wasWaiting && this.#waiting.length === 0 && this.#room > 0) this.#tell((on) => on.drained());
    return undefined;
  }

  #farEnd(): ErrorCode | undefined {
    if (this.#farEnded) return 'message-malformed';
    this.#farEnded = true;
    this.#tell((on) => on.ended());
    this.#closeIfDone();
    return undefined;
  }

  #farReset(rest: Uint8Array): undefined {
    const code = textOf(rest);
    this.break(isErrorCode(code) ? code : 'connection-lost');
  }

  #tell(tell: (handlers: TunnelHandlers) => void): undefined {
    if (this.#handlers === undefined) this.#early.push(tell);
    else tell(this.#handlers);
  }

  #flush(): void {
    while (this.#room > 0 && !this.#over) {
      const first = this.#waiting[0];
      if (first === undefined) break;
      const piece = first.subarray(0, Math.min(this.#room, maxFrameRest));
      this.#room -= piece.byteLength;
      if (piece.byteLength === first.byteLength) this.#waiting.shift();
      else this.#waiting[0] = first.subarray(piece.byteLength);
      this.#send('data', piece);
    }
    if (!this.#ending || this.#hasEnded || this.#over || this.#waiting.length > 0) return;
    this.#hasEnded = true;
    this.#send('end');
    this.#closeIfDone();
  }

  #closeIfDone(): void {
    if (!this.#hasEnded || !this.#farEnded || this.#over) return;
    this.#leave();
    this.#tell((on) => on.closed?.());
  }

  #leave(): void {
    this.#over = true;
    this.#waiting = [];
    this.#gone();
  }
}

function numberBytes(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}
