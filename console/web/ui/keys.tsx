import { createContext, useContext, useEffect, useMemo, useRef, useSyncExternalStore } from 'react';
import type { ReactNode } from 'react';

/** A key that does something here. `keys`: `r`, `shift+x`, `mod+k`, or two in a row: `g m`. */
export type KeyBinding = { readonly keys: string; readonly label: string; readonly group: string; readonly run: (event: KeyboardEvent) => void; /** Also while typing. */ readonly whileTyping?: boolean };

const sequenceMs = 900;

/** All keys of what is shown now; the newest binding of a key wins, so that a panel speaks before the list below it. */
export class KeyTable {
  readonly #layers = new Map<symbol, readonly KeyBinding[]>();
  readonly #listeners = new Set<() => void>();
  #shown: readonly KeyBinding[] = [];
  #first: { readonly key: string; readonly atMs: number } | undefined;

  readonly bindings = (): readonly KeyBinding[] => this.#shown;
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  set(layer: symbol, bindings: readonly KeyBinding[] | undefined): void {
    if (bindings === undefined) this.#layers.delete(layer);
    else this.#layers.set(layer, bindings);
    this.#shown = [...this.#layers.values()].flat();
    for (const listener of this.#listeners) listener();
  }

  handle(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.isComposing) return;
    const key = nameOf(event);
    if (pressesButton(key, event.target)) return;
    const sequence = this.#first !== undefined && event.timeStamp - this.#first.atMs < sequenceMs ? `${this.#first.key} ${key}` : undefined;
    const typing = isTyping(event.target);
    const candidates = this.#shown.filter((binding) => !typing || binding.whileTyping === true).toReversed();
    const found = candidates.find(({ keys }) => keys === sequence) ?? candidates.find(({ keys }) => keys === key);
    this.#first = found === undefined && !typing ? { key, atMs: event.timeStamp } : undefined;
    if (found === undefined) return leaveField(key, event.target);
    event.preventDefault();
    found.run(event);
  }
}

const KeyContext = createContext<KeyTable | undefined>(undefined);

export function KeyProvider({ children }: { readonly children: ReactNode }): ReactNode {
  const table = useMemo(() => new KeyTable(), []);
  useEffect(() => {
    const handle = (event: KeyboardEvent): void => table.handle(event);
    window.addEventListener('keydown', handle);
    return () => window.removeEventListener('keydown', handle);
  }, [table]);
  return <KeyContext value={table}>{children}</KeyContext>;
}

/** Binds keys as long as the component is shown. The newest `bindings` are used without binding anew. */
export function useKeys(bindings: readonly KeyBinding[], active = true): void {
  const table = useContext(KeyContext);
  const layer = useRef(Symbol('keys'));
  const newest = useRef(bindings);
  newest.current = bindings;
  const shape = bindings.map(({ keys, label }) => `${keys} ${label}`).join('\n');
  useEffect(() => {
    const id = layer.current;
    if (!active || table === undefined) return undefined;
    table.set(id, newest.current.map((binding, index) => ({ ...binding, run: (event) => newest.current[index]?.run(event) })));
    return () => table.set(id, undefined);
  }, [table, shape, active]);
}

/** Every key that works now, for the help. */
export function useKeyTable(): readonly KeyBinding[] {
  const table = useContext(KeyContext);
  return useSyncExternalStore(table?.subscribe ?? never, table?.bindings ?? none);
}

const nothing: readonly KeyBinding[] = [];
const none = (): readonly KeyBinding[] => nothing;
const never = (): (() => void) => () => undefined;

/** `mod+k`, `shift+x`, `?`, `Escape`, `Space`. Shift is named only where it does not already change the sign. */
function nameOf(event: KeyboardEvent): string {
  const key = event.key === ' ' ? 'Space' : event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const shift = event.shiftKey && (event.key.length > 1 || /[a-z]/i.test(event.key)) ? 'shift+' : '';
  return `${event.ctrlKey || event.metaKey ? 'mod+' : ''}${event.altKey ? 'alt+' : ''}${shift}${key}`;
}

/** Escape leaves a field first; the next one goes back. A terminal needs its Escape itself. */
function leaveField(key: string, target: EventTarget | null): void {
  if (key === 'Escape' && target instanceof HTMLElement && isTyping(target) && target.closest('.xterm') === null) target.blur();
}

/** A button or link that has the focus takes these keys itself. */
function pressesButton(key: string, target: EventTarget | null): boolean {
  return (key === 'Enter' || key === 'Space') && target instanceof HTMLElement && target.closest('button, a[href], summary') !== null;
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target.closest('.xterm') !== null || /^(TEXTAREA|SELECT)$/.test(target.tagName) || (target instanceof HTMLInputElement && !/^(checkbox|radio|button)$/.test(target.type));
}
