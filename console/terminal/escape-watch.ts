/**
 * Finds `~.` at the beginning of a line among typed keys, as ssh does; `~~` stands for one `~`.
 */

const tilde = 0x7e;
const dot = 0x2e;
const lineEnds: readonly number[] = [0x0a, 0x0d];

export class EscapeWatch {
  #state: 'line-begin' | 'after-tilde' | 'within' = 'line-begin';

  /** What of the keys goes to the machine, and whether the person wants to leave. */
  typed(keys: Uint8Array): { pass: Uint8Array; leave: boolean } {
    const pass: number[] = [];
    for (const key of keys) {
      if (this.#state === 'after-tilde' && key === dot) return { pass: Uint8Array.from(pass), leave: true };
      if (this.#state === 'line-begin' && key === tilde) {
        this.#state = 'after-tilde';
        continue;
      }
      if (this.#state === 'after-tilde' && key !== tilde) pass.push(tilde);
      pass.push(key);
      this.#state = lineEnds.includes(key) ? 'line-begin' : 'within';
    }
    return { pass: Uint8Array.from(pass), leave: false };
  }
}
