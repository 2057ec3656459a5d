/**
 * How the words of a proxy are passed on to a person: short, printable, and without what it was told in confidence.
 */
import type { Authorization } from './authorization.ts';

/** Enough for a status line and a reason; a proxy may send kilobytes. */
const maxLetters = 200;

export function saying({ name, authorization }: { readonly name: string; readonly authorization: Authorization }, words: string): string {
  const printable = words.replace(/[^\x20-\x7e]+/g, ' ').replace(/ {2,}/g, ' ').trim();
  return `proxy ${name}: ${authorization.hide(printable).slice(0, maxLetters)}`;
}
