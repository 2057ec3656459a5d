/**
 * The first names of a directory in the order of their bytes, without keeping all of them: it may have a million.
 */
export class SmallestNames {
  readonly #most: number;
  readonly #after: Buffer | undefined;
  #kept: Buffer[] = [];
  /** No name from here on is wanted any more. */
  #bound: Buffer | undefined;
  #seen = 0;

  /** The `most` first of those behind `after`. */
  constructor(most: number, after: Buffer | undefined) {
    this.#most = most;
    this.#after = after;
  }

  /** All names that came, wanted or not. */
  get seen(): number {
    return this.#seen;
  }

  add(name: Buffer): void {
    this.#seen += 1;
    if (this.#after !== undefined && name.compare(this.#after) <= 0) return;
    if (this.#bound !== undefined && name.compare(this.#bound) >= 0) return;
    this.#kept.push(name);
    if (this.#kept.length >= 2 * this.#most) this.#cut();
  }

  get sorted(): readonly Buffer[] {
    this.#cut();
    return this.#kept;
  }

  /** Sorting now and then costs each name no more than a heap would. */
  #cut(): void {
    this.#kept.sort((left, right) => left.compare(right));
    if (this.#kept.length <= this.#most) return;
    this.#kept.length = this.#most;
    this.#bound = this.#kept.at(-1);
  }
}
