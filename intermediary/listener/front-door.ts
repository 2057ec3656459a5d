/**
 * Tells by the first byte of a connection what it is, and counts those that have not shown yet what they want: one that
 * stays silent is cut in time, and one address cannot hold many of them.
 */
import type { Socket } from 'node:net';
import type { Clock } from '../../protocol/clock.ts';
import { limits } from '../../protocol/limits.ts';

export type Doors = {
  tls(socket: Socket): void;
  http(socket: Socket): void;
  raw(socket: Socket): void;
};

/** RFC 8446, section 5.1: a handshake record. */
const tlsByte = 0x16;
/** HTTP methods are upper case letters. */
const [firstLetter, lastLetter] = [0x41, 0x5a];

export class FrontDoor {
  readonly #clock: Clock;
  readonly #rawByte: number;
  readonly #doors: Doors;
  /** By address, then by port; oldest first. */
  readonly #silent = new Map<string, Map<number, Socket>>();

  constructor(clock: Clock, rawByte: number, doors: Doors) {
    this.#clock = clock;
    this.#rawByte = rawByte;
    this.#doors = doors;
  }

  /** Takes a fresh connection and hands it on when its first byte is there. */
  arrive(socket: Socket): void {
    const { remoteAddress, remotePort } = socket;
    this.#note(socket);
    const timer = this.#clock.after(limits.handshakeMs, () => socket.destroy());
    const leave = (): void => void socket.destroy();
    socket.once('end', leave);
    socket.once('error', leave);
    socket.once('close', () => {
      timer.cancel();
      this.known({ remoteAddress, remotePort });
    });
    socket.once('data', (chunk: Buffer) => {
      timer.cancel();
      socket.off('end', leave);
      socket.pause();
      socket.unshift(chunk);
      this.#handOn(socket, chunk[0] ?? 0);
      socket.off('error', leave); // whoever has it now listens
    });
  }

  /** It has asked for something: from here on other bounds hold it. */
  known({ remoteAddress = '', remotePort = 0 }: Pick<Socket, 'remoteAddress' | 'remotePort'>): void {
    const ofAddress = this.#silent.get(remoteAddress);
    ofAddress?.delete(remotePort);
    if (ofAddress?.size === 0) this.#silent.delete(remoteAddress);
  }

  #handOn(socket: Socket, firstByte: number): void {
    if (firstByte === tlsByte) return this.#doors.tls(socket);
    if (firstByte === this.#rawByte) this.#doors.raw(socket);
    else if (firstByte >= firstLetter && firstByte <= lastLetter) this.#doors.http(socket);
    else socket.destroy();
    process.nextTick(() => socket.resume());
  }

  #note(socket: Socket): void {
    const { remoteAddress = '', remotePort = 0 } = socket;
    const ofAddress = this.#silent.get(remoteAddress) ?? new Map<number, Socket>();
    this.#silent.set(remoteAddress, ofAddress.set(remotePort, socket));
    if (ofAddress.size <= limits.maxSilentPerAddress) return;
    const oldest = ofAddress.entries().next().value;
    if (oldest === undefined) return;
    ofAddress.delete(oldest[0]);
    oldest[1].destroy();
  }
}
