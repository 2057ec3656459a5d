/**
 * The same act as a command line, to copy from the form into a terminal or a note.
 */
import type { ContactOverrides } from '../../../protocol/contact-settings.ts';
import type { RolloutOptions } from '../../client/fleet.ts';
import { contactFields } from '../../client/contact.ts';
import { settingText } from '../../client/contact-words.ts';

export type CommandLine = {
  readonly machines: readonly string[];
  readonly primitive: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** Names of parameters that must not stand in a shell's history. */
  readonly secrets?: readonly string[];
  readonly timeoutMs?: number;
  readonly rollout?: RolloutOptions;
};

/** `behest run rec-02 service.restart --params '{"name":"spooler"}'`; several machines with one signature, as here: `--agents rec-01,rec-02`. */
export function commandLine({ machines, primitive, params, secrets = [], timeoutMs, rollout = {} }: CommandLine): string {
  const shown = Object.fromEntries(Object.entries(params).map(([name, value]) => [name, secrets.includes(name) ? '…' : value]));
  const tail = [
    quote(primitive),
    ...(Object.keys(shown).length === 0 ? [] : ['--params', quote(JSON.stringify(shown))]),
    ...(timeoutMs === undefined ? [] : ['--timeout', timeText(timeoutMs)]),
  ].join(' ');
  const [only] = machines;
  if (machines.length === 1 && only !== undefined) return `behest run ${quote(only)} ${tail}`;
  const { wave, stopAfter } = rollout;
  const pace = [...(wave === undefined ? [] : ['--wave', quote(wave)]), ...(stopAfter === undefined ? [] : ['--stop-after', quote(stopAfter)])];
  return ['behest', 'run', '--agents', quote(machines.join(',')), ...pace, tail].join(' ');
}

/** `behest contact set rec-02 --interval 1m`: what is to be set, over what is set there now; undefined when that is the same. */
export function contactCommandLine(where: { readonly machine: string } | { readonly site: string }, overrides: ContactOverrides, present: ContactOverrides): string | undefined {
  const target = 'site' in where ? ['--site', quote(where.site)] : [quote(where.machine)];
  const isLess = contactFields.some((field) => present[field] !== undefined && overrides[field] === undefined);
  const named = contactFields.filter((field) => overrides[field] !== undefined && (isLess || String(overrides[field]) !== String(present[field])));
  if (!isLess && named.length === 0) return undefined;
  const options = named.flatMap((field) => [`--${field.replace('Seconds', '')}`, quote(Array.isArray(overrides[field]) ? overrides[field].join(',') : settingText(field, overrides[field]))]);
  return ['behest', 'contact', 'set', ...target, ...(isLess ? ['--clear'] : []), ...options].join(' ');
}

/** A word for a POSIX shell. */
export function quote(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

function timeText(ms: number): string {
  if (ms % 60_000 === 0) return `${ms / 60_000}m`;
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`;
}
