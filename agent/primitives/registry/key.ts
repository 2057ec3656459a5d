/**
 * Names of keys: the hive long or short, then the keys, one below the other.
 */
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';

const hives: Readonly<Record<string, string>> = {
  HKLM: 'HKEY_LOCAL_MACHINE',
  HKCU: 'HKEY_CURRENT_USER',
  HKCR: 'HKEY_CLASSES_ROOT',
  HKU: 'HKEY_USERS',
  HKCC: 'HKEY_CURRENT_CONFIG',
};

/** The name as the registry's own tool writes it, with the hive's long name. Fails with `params-invalid`. */
export function fullKey(given: string): Outcome<string> {
  const [hive = '', ...names] = given.replace(/\\+$/, '').split('\\');
  const long = hives[hive.toUpperCase()] ?? Object.values(hives).find((name) => name === hive.toUpperCase());
  if (long === undefined) return failure('params-invalid', `a key begins with ${Object.keys(hives).join(', ')} or the long name of one of them`);
  return names.includes('') ? failure('params-invalid', 'a name between two \\ is missing') : success([long, ...names].join('\\'));
}

/** Undefined for a hive. */
export function parentOf(key: string): string | undefined {
  const at = key.lastIndexOf('\\');
  return at < 0 ? undefined : key.slice(0, at);
}

/** As the registry compares names. */
export function sameKey(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase();
}
