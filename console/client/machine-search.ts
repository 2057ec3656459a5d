/**
 * The search of the machine list: words that match anywhere a technician may remember a machine by, and operators
 * (`online:no os:windows site:reception name:rec`). Every word must match; the answer says where one matched.
 */
import type { Machine } from '../../protocol/messages/live.ts';
import { lineOf } from './machine-line.ts';

export type MachineQuery = { readonly words: readonly string[]; readonly operators: readonly Operator[]; readonly unknown: readonly string[] };
type Operator = { readonly name: OperatorName; readonly value: string };

/** Shown as help under the search box. */
export const searchOperators = {
  'online:': 'yes or no; one that polls and calls is',
  'os:': 'Windows, Debian …',
  'site:': 'name of the site',
  'name:': 'part of the name',
  'alarm:': 'yes: copies found',
} as const;
type OperatorName = 'online' | 'os' | 'site' | 'name' | 'alarm';
const operatorNames: readonly string[] = Object.keys(searchOperators).map((key) => key.slice(0, -1));

/** Where a word was found. The first three are columns of the list; the others need to be said. */
export type MatchPlace = 'name' | 'site' | 'os' | 'host name' | 'address' | 'id' | 'agent version';
export type Match = { readonly word: string; readonly place: MatchPlace; readonly value: string };

/** Splits what was typed. Quotes keep spaces together; an unfinished operator (`os:`) is left out of account. */
export function parseQuery(text: string): MachineQuery {
  const words: string[] = [];
  const operators: Operator[] = [];
  const unknown: string[] = [];
  for (const part of text.toLowerCase().match(/(?:[^\s"]|"[^"]*"?)+/g) ?? []) {
    const plain = part.replaceAll('"', '');
    const colon = plain.indexOf(':');
    const name = plain.slice(0, colon);
    const value = plain.slice(colon + 1);
    if (colon <= 0 || /^[0-9a-f]*:/.test(plain)) words.push(plain);
    else if (isOperator(name)) {
      if (value !== '') operators.push({ name, value });
    } else unknown.push(name);
  }
  return { words: words.filter((word) => word !== ''), operators, unknown };
}

/** The matches of the query in this machine, or undefined when it does not fit. */
export function matchMachine(machine: Machine, query: MachineQuery, nowMs = Date.now()): readonly Match[] | undefined {
  if (!query.operators.every((operator) => fits(machine, operator, nowMs))) return undefined;
  const matches: Match[] = [];
  for (const word of query.words) {
    const match = findWord(machine, word);
    if (match === undefined) return undefined;
    matches.push(match);
  }
  return matches;
}

/** The first match that no column of the list shows. */
export function hiddenMatch(matches: readonly Match[]): Match | undefined {
  return matches.find(({ place }) => place !== 'name' && place !== 'site' && place !== 'os');
}

function isOperator(name: string): name is OperatorName {
  return operatorNames.includes(name);
}

function fits(machine: Machine, { name, value }: Operator, nowMs: number): boolean {
  switch (name) {
    case 'online': return isYes(value) === (lineOf(machine, nowMs) !== 'off line');
    case 'alarm': return isYes(value) === machine.quarantined;
    case 'os': return `${machine.facts.osName} ${machine.facts.platform}`.toLowerCase().includes(value);
    case 'site': return machine.site.toLowerCase().includes(value);
    case 'name': return machine.name.toLowerCase().includes(value);
  }
}

function isYes(value: string): boolean {
  return ['yes', 'y', 'true', '1', 'on'].some((word) => word.startsWith(value));
}

function findWord(machine: Machine, word: string): Match | undefined {
  const places: readonly (readonly [MatchPlace, string])[] = [
    ['name', machine.name],
    ['site', machine.site],
    ['os', machine.facts.osName],
    ['host name', machine.facts.hostname],
    ...machine.facts.addresses.map((address) => ['address', address] as const),
    ['address', machine.remoteAddress ?? ''],
    ['id', machine.id],
    ['agent version', machine.facts.agentVersion],
  ];
  const found = places.find(([, value]) => value.toLowerCase().includes(word));
  return found === undefined ? undefined : { word, place: found[0], value: found[1] };
}
