/**
 * What this browser keeps across reloads: the person's key and the stream keys of open terminals, as key objects that no
 * script can read out (IndexedDB stores non-extractable keys whole).
 */
const databaseName = 'behest';
const stores = ['keys', 'terminals'] as const;
export type StoreName = (typeof stores)[number];

let opening: Promise<IDBDatabase> | undefined;

function open(): Promise<IDBDatabase> {
  opening ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(databaseName, 1);
    request.addEventListener('upgradeneeded', () => stores.forEach((name) => request.result.createObjectStore(name, { keyPath: 'id' })));
    request.addEventListener('success', () => resolve(request.result));
    request.addEventListener('error', () => reject(request.error ?? new Error('this browser keeps no data for this page')));
  });
  return opening;
}

async function ask<T>(store: StoreName, mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const database = await open();
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(store, mode);
    const request = act(transaction.objectStore(store));
    transaction.addEventListener('complete', () => resolve(request.result));
    transaction.addEventListener('abort', () => reject(transaction.error ?? new Error('not stored')));
  });
}

/** Resolves when it is stored. */
export async function keep(store: StoreName, record: { readonly id: string }): Promise<void> {
  await ask(store, 'readwrite', (objects) => objects.put(record));
}

/** Everything in a store; the caller knows its form, since only this page writes there. */
export function allOf<T extends { readonly id: string }>(store: StoreName): Promise<readonly T[]> {
  return ask<T[]>(store, 'readonly', (objects) => objects.getAll());
}

export async function forget(store: StoreName, id: string): Promise<void> {
  await ask(store, 'readwrite', (objects) => objects.delete(id));
}
