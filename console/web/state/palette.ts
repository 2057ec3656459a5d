/**
 * What the palette offers for what was typed: places, machines, and acts on machines (“shell on rec-02”).
 */
import type { Machine } from '../../../protocol/messages/live.ts';
import type { PrimitiveDescription } from '../../../protocol/primitive.ts';
import { lineOf } from '../../client/machine-line.ts';
import { hiddenMatch, matchMachine, parseQuery } from '../../client/machine-search.ts';

type Named = { readonly id: string; readonly title: string; readonly detail: string };
export type PaletteEntry = Named &
  (
    | { readonly kind: 'place'; readonly to: string }
    | { readonly kind: 'setting'; readonly theme: 'light' | 'dark' | 'auto' }
    | { readonly kind: 'machine'; readonly machineId: string }
    | { readonly kind: 'terminal'; readonly machineId: string }
    | { readonly kind: 'run'; readonly machineId: string; readonly primitive: string }
  );

export type PaletteSources = {
  readonly machines: readonly Machine[];
  readonly primitives: readonly PrimitiveDescription[];
  readonly places: readonly { readonly to: string; readonly label: string; readonly question: string }[];
};

const maxMachines = 6;
const maxActs = 8;

export function paletteEntries(query: string, sources: PaletteSources): readonly PaletteEntry[] {
  const text = query.trim().toLowerCase();
  const [deed = '', place] = splitAct(text);
  if (place !== undefined) return acts(deed, findMachines(place, sources.machines).slice(0, 3), sources.primitives);
  const machines = findMachines(text, sources.machines).slice(0, text === '' ? 4 : maxMachines);
  return [
    ...places(text, sources.places),
    ...machines.map(machineEntry),
    ...(machines.length === 1 ? acts('', machines, sources.primitives) : []),
    ...themes(text),
  ];
}

/** “restart spooler on rec-02”: the deed and the machine. */
function splitAct(text: string): [string, string | undefined] {
  const match = /^(.*?)\s+(?:on|at)\s+(\S.*)$/.exec(text);
  return match === null ? [text, undefined] : [match[1] ?? '', match[2]];
}

function findMachines(text: string, machines: readonly Machine[]): readonly Machine[] {
  const query = parseQuery(text);
  return machines
    .filter((machine) => matchMachine(machine, query) !== undefined)
    .sort((left, right) => Number(right.name.toLowerCase().startsWith(text)) - Number(left.name.toLowerCase().startsWith(text)) || Number(right.online) - Number(left.online));
}

function machineEntry(machine: Machine): PaletteEntry {
  return { kind: 'machine', id: machine.id, machineId: machine.id, title: machine.name, detail: `${lineOf(machine, Date.now())} · ${machine.site} · ${machine.facts.osName}` };
}

function acts(deed: string, machines: readonly Machine[], primitives: readonly PrimitiveDescription[]): readonly PaletteEntry[] {
  const words = deed.split(/\s+/).filter(Boolean);
  const fits = (text: string): boolean => words.some((word) => text.toLowerCase().includes(word)) || words.length === 0;
  return machines
    .flatMap((machine): PaletteEntry[] => [
      ...(fits('terminal shell console') ? [{ kind: 'terminal' as const, id: `terminal ${machine.id}`, machineId: machine.id, title: `Open a terminal on ${machine.name}`, detail: machine.online ? machine.site : lineOf(machine, Date.now()) }] : []),
      ...primitives
        .filter(({ name, title, streams }) => streams !== 'live' || !name.startsWith('terminal.') ? fits(`${name} ${title}`) : false)
        .map(({ name, title }): PaletteEntry => ({ kind: 'run', id: `${name} ${machine.id}`, machineId: machine.id, primitive: name, title: `${title} on ${machine.name}`, detail: name })),
    ])
    .slice(0, maxActs);
}

function places(text: string, all: PaletteSources['places']): readonly PaletteEntry[] {
  return all
    .filter(({ label, question }) => `${label} ${question}`.toLowerCase().includes(text))
    .map(({ to, label, question }) => ({ kind: 'place', id: to, to, title: label, detail: question }));
}

function themes(text: string): readonly PaletteEntry[] {
  if (text.length < 3) return [];
  const all = [['light', 'Light theme'], ['dark', 'Dark theme'], ['auto', 'Theme of the system']] as const;
  return all.filter(([, title]) => title.toLowerCase().includes(text)).map(([theme, title]) => ({ kind: 'setting', id: `theme ${theme}`, theme, title, detail: 'how this page looks' }));
}

/** Says where a machine matched when no column shows it. */
export function matchWords(machine: Machine, query: string): string | undefined {
  const match = hiddenMatch(matchMachine(machine, parseQuery(query)) ?? []);
  return match === undefined ? undefined : `${match.place} ${match.value}`;
}
