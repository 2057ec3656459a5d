/**
 * Records by id that change one at a time, shown as one array. Changes of one turn of the event loop are told together, so
 * that a thousand machines arriving at once cost one drawing.
 */
import { Live } from './live-value.ts';

export type Keyed<T> = {
  readonly byId: ReadonlyMap<string, T>;
  /** The present state has arrived whole. */
  readonly complete: boolean;
};

export class KeyedStore<T> {
  readonly live = new Live<Keyed<T>>({ byId: new Map(), complete: false });
  #records = new Map<string, T>();
  #complete = false;
  #due = false;

  put(id: string, record: T): void {
    this.#records.set(id, record);
    this.#tellSoon();
  }

  change(id: string, change: (record: T) => T): void {
    const record = this.#records.get(id);
    if (record !== undefined) this.put(id, change(record));
  }

  /** The server has told all there is. */
  complete(): void {
    this.#complete = true;
    this.#tellSoon();
  }

  #tellSoon(): void {
    if (this.#due) return;
    this.#due = true;
    setTimeout(() => {
      this.#due = false;
      this.live.set({ byId: new Map(this.#records), complete: this.#complete });
    }, 0);
  }
}
