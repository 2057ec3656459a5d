/**
 * The page's state: stores that follow the live socket, what is asked over HTTP, what is kept in this browser, and the
 * pure rules (search, order, forms, words) that the views show. Nothing here knows how it is shown.
 */

/** A value that changes and tells so. `get` returns the same object until it has changed. */
export type LiveValue<T> = { get(): T; subscribe(listener: () => void): () => void };

/** A live value whose owner can set it. */
export class Live<T> implements LiveValue<T> {
  #value: T;
  readonly #listeners = new Set<() => void>();

  constructor(value: T) {
    this.#value = value;
  }

  readonly get = (): T => this.#value;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  set(value: T): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    for (const listener of Array.from(this.#listeners)) listener();
  }
}
