/**
 * What was typed and has perhaps not arrived: kept until the machine says that it has taken it, and sent again after the
 * connection was lost, so that no keystroke is lost or typed twice.
 */

/** Typed ahead and not taken; more is refused, since nobody types so much blindly. */
const maxHeldBytes = 64 * 1024;

export class TerminalInput {
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  /** Bytes that the machine has taken since the terminal was opened. */
  #taken: number;

  constructor(taken = 0) {
    this.#taken = taken;
  }

  /** Remembers typed bytes; false when too much is waiting. */
  type(bytes: Uint8Array): boolean {
    if (this.#heldBytes + bytes.byteLength > maxHeldBytes) return false;
    this.#held.push(bytes);
    this.#heldBytes += bytes.byteLength;
    return true;
  }

  /** The machine has taken so many bytes more. */
  taken(bytes: number): void {
    let left = Math.min(bytes, this.#heldBytes);
    this.#taken += bytes;
    this.#heldBytes -= left;
    while (left > 0) {
      const first = this.#held[0];
      if (first === undefined) return;
      if (first.byteLength <= left) this.#held.shift();
      else this.#held[0] = first.subarray(left);
      left -= Math.min(left, first.byteLength);
    }
  }

  /** Joined anew: the machine has `received` bytes in all. Gives what must be sent again. */
  rejoin(received: number): readonly Uint8Array[] {
    if (received > this.#taken) this.taken(received - this.#taken);
    this.#taken = received;
    return [...this.#held];
  }
}
