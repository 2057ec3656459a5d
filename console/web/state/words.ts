/**
 * Words for times, sizes and errors: relative and short in the list, exact where somebody looks closer.
 */
import { errorCatalogue, isErrorCode } from '../../../protocol/errors.ts';
import type { Machine } from '../../../protocol/messages/live.ts';
import { lineOf } from '../../client/machine-line.ts';

const secondMs = 1000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** `now`, `40 s`, `12 m`, `3 h`, `5 d`; the sign does not matter. */
export function shortSpan(spanMs: number): string {
  const span = Math.abs(spanMs);
  if (span < 5 * secondMs) return 'now';
  if (span < minuteMs) return `${Math.floor(span / secondMs)} s`;
  if (span < hourMs) return `${Math.floor(span / minuteMs)} m`;
  if (span < 2 * dayMs) return `${Math.floor(span / hourMs)} h`;
  return `${Math.floor(span / dayMs)} d`;
}

/** `just now`, `12 m ago`, `in 3 h`. */
export function relativeTime(atMs: number, nowMs: number): string {
  const span = shortSpan(nowMs - atMs);
  if (span === 'now') return 'just now';
  return atMs > nowMs ? `in ${span}` : `${span} ago`;
}

/** `on line · 3 m`, `polling, last call 20 s ago`, `off line · 2 h`. */
export function lineWords(machine: Machine, nowMs: number): string {
  const line = lineOf(machine, nowMs);
  return line === 'polling' ? `polling, last call ${relativeTime(machine.sinceMs, nowMs)}` : `${line} · ${shortSpan(nowMs - machine.sinceMs)}`;
}

/** How long something took: `43 ms`, `2.4 s`, `3 m 20 s`. */
export function duration(spanMs: number): string {
  if (spanMs < secondMs) return `${Math.max(0, Math.round(spanMs))} ms`;
  if (spanMs < minuteMs) return `${(spanMs / secondMs).toFixed(1)} s`;
  if (spanMs < hourMs) return `${Math.floor(spanMs / minuteMs)} m ${Math.floor((spanMs % minuteMs) / secondMs)} s`;
  return `${Math.floor(spanMs / hourMs)} h ${Math.floor((spanMs % hourMs) / minuteMs)} m`;
}

/** `812 bytes`, `1.4 MiB`. */
export function byteSize(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  const power = Math.min(4, Math.floor(Math.log2(bytes) / 10));
  return `${(bytes / 1024 ** power).toFixed(1)} ${['', 'KiB', 'MiB', 'GiB', 'TiB'][power]}`;
}

/** `1 machine`, `12 machines`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}

export type ErrorWords = { readonly what: string; readonly todo: string };

/** A code of the catalogue in words; an unknown code (a newer program) says so. */
export function errorWords(code: string): ErrorWords {
  if (!isErrorCode(code)) return { what: 'Something happened that this console does not know.', todo: 'Reload the page to get the newest console.' };
  const { meaning, advice } = errorCatalogue[code];
  return { what: meaning, todo: advice };
}
