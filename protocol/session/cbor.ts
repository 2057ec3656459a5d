/**
 * The part of CBOR (RFC 8949) that session messages need, in its core deterministic form (section 4.2.1): definite lengths
 * and shortest heads, nothing else. Not a library, because a general decoder sets memory aside for whatever length a peer
 * claims, and understands tags that have no business here.
 */

const major = { unsigned: 0, bytes: 2, text: 3, array: 4, simple: 7 } as const;
const simple = { false: 0xf4, true: 0xf5, null: 0xf6 } as const;

const textEncoder = new TextEncoder();
const textDecoder = new TextDecoder('utf-8', { fatal: true });

/** Writes into one piece of memory that it keeps; `take` gives a copy and begins anew. */
export class CborWriter {
  readonly #memory: Uint8Array;
  readonly #view: DataView;
  #length = 0;

  /** `maxBytes`: the largest item that will ever be written. */
  constructor(maxBytes: number) {
    this.#memory = new Uint8Array(maxBytes);
    this.#view = new DataView(this.#memory.buffer);
  }

  array(count: number): this {
    return this.#head(major.array, count);
  }

  unsigned(value: number): this {
    return this.#head(major.unsigned, value);
  }

  bytes(value: Uint8Array): this {
    return this.#head(major.bytes, value.byteLength).#raw(value);
  }

  text(value: string): this {
    const bytes = textEncoder.encode(value);
    return this.#head(major.text, bytes.byteLength).#raw(bytes);
  }

  boolean(value: boolean): this {
    return this.#byte(value ? simple.true : simple.false);
  }

  null(): this {
    return this.#byte(simple.null);
  }

  take(): Uint8Array {
    const item = this.#memory.slice(0, this.#length);
    this.#length = 0;
    return item;
  }

  #head(type: number, value: number): this {
    const top = type << 5;
    if (value < 24) return this.#byte(top | value);
    if (value < 2 ** 8) return this.#byte(top | 24).#byte(value);
    if (value < 2 ** 16) {
      this.#byte(top | 25).#view.setUint16(this.#length, value);
      this.#length += 2;
    } else if (value < 2 ** 32) {
      this.#byte(top | 26).#view.setUint32(this.#length, value);
      this.#length += 4;
    } else {
      this.#byte(top | 27).#view.setBigUint64(this.#length, BigInt(value));
      this.#length += 8;
    }
    return this;
  }

  #raw(bytes: Uint8Array): this {
    this.#memory.set(bytes, this.#length);
    this.#length += bytes.byteLength;
    return this;
  }

  #byte(value: number): this {
    this.#memory[this.#length] = value;
    this.#length += 1;
    return this;
  }
}

/** Reads item by item. The first thing that is not as asked for breaks it for good; from then on every value is empty. */
export class CborReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #position = 0;
  #isBroken = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get isBroken(): boolean {
    return this.#isBroken;
  }

  get isAtEnd(): boolean {
    return this.#isBroken || this.#position === this.#bytes.byteLength;
  }

  /** How many items the array has. */
  array(): number {
    return this.#head(major.array);
  }

  unsigned(): number {
    return this.#head(major.unsigned);
  }

  /** A copy: what is kept of a record must not keep the whole record. */
  bytes(): Uint8Array {
    return new Uint8Array(this.#raw(this.#head(major.bytes)));
  }

  text(): string {
    try {
      return textDecoder.decode(this.#raw(this.#head(major.text)));
    } catch {
      return this.#break(''); // not UTF-8
    }
  }

  boolean(): boolean {
    const value = this.#byte();
    return value === simple.true || (value === simple.false ? false : this.#break(false));
  }

  /** Steps over a null if one comes next. */
  skipsNull(): boolean {
    if (this.#bytes[this.#position] !== simple.null) return false;
    this.#position += 1;
    return true;
  }

  #head(type: number): number {
    const first = this.#byte();
    if (first >> 5 !== type) return this.#break(0);
    const info = first & 31;
    if (info < 24) return info;
    if (info === 24) return this.#atLeast(24, this.#byte());
    if (info === 25) return this.#atLeast(2 ** 8, this.#wide(2, (at) => this.#view.getUint16(at)));
    if (info === 26) return this.#atLeast(2 ** 16, this.#wide(4, (at) => this.#view.getUint32(at)));
    return info === 27 ? this.#atLeast(2 ** 32, this.#wide(8, (at) => Number(this.#view.getBigUint64(at)))) : this.#break(0);
  }

  /** A smaller value has a shorter head, a larger one is no safe integer. */
  #atLeast(smallest: number, value: number): number {
    return value >= smallest && Number.isSafeInteger(value) ? value : this.#break(0);
  }

  #wide(length: number, read: (position: number) => number): number {
    if (this.#position + length > this.#bytes.byteLength) return this.#break(0);
    this.#position += length;
    return read(this.#position - length);
  }

  #raw(length: number): Uint8Array {
    if (this.#position + length > this.#bytes.byteLength) return this.#break(new Uint8Array(0));
    this.#position += length;
    return this.#bytes.subarray(this.#position - length, this.#position);
  }

  #byte(): number {
    const value = this.#bytes[this.#position];
    if (value === undefined) return this.#break(0);
    this.#position += 1;
    return value;
  }

  #break<T>(empty: T): T {
    this.#isBroken = true;
    return empty;
  }
}
