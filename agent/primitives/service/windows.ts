/**
 * Services of Windows: what they are stands in the registry, exact and in no language; what they do, sc.exe says, of which only
 * numbers are read.
 */
import { setTimeout } from 'node:timers/promises';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import type { Section } from '../registry/reg-file.ts';
import { readTree, readValues } from '../registry/reg-tool.ts';
import { textOfData } from '../registry/value-types.ts';
import { askTool } from '../tool.ts';
import type { ServiceContext, ServiceManager, ServiceProperties, ServiceRow, ServiceState, StartKind } from './service-manager.ts';

const services = 'HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services';
/** SERVICE_WIN32_OWN_PROCESS and SERVICE_WIN32_SHARE_PROCESS (winnt.h): all others are drivers. */
const isProgram = 0x30;

export const windowsServices: ServiceManager = {
  async list(context) {
    const tree = await readTree({ key: services, view: '64' }, context);
    if (!tree.ok) return tree;
    const entries = tree.value.flatMap(entryOf);
    const states = await statesOf(entries.map(({ name }) => name), context);
    return states.ok ? success(entries.map((entry) => rowOf(entry, states.value.get(entry.name.toLowerCase())))) : states;
  },

  async properties(name, context) {
    if (name.includes('\\')) return failure('not-found', `there is no service ${name}`);
    const values = await readValues({ key: `${services}\\${name}`, view: '64' }, context);
    if (!values.ok) return values.code === 'not-found' ? failure('not-found', `there is no service ${name}`) : values;
    const [entry] = entryOf({ key: `${services}\\${name}`, values: values.value });
    if (entry === undefined) return failure('not-found', `${name} is no service but a driver`);
    const said = await query(name, context);
    return said.ok ? success(propertiesOf(entry, said.value)) : said;
  },

  async act(name, act, context) {
    if (act === 'enable' || act === 'disable') return say(['config', name, 'start=', act === 'enable' ? 'auto' : 'demand'], context);
    const before = await query(name, context);
    if (!before.ok) return before;
    const runs = before.value?.state === 'running';
    if ((act === 'start' && runs) || (act === 'stop' && before.value?.state === 'stopped')) return success(undefined);
    if (act !== 'start' && runs) {
      const stopped = await sayAndWait('stop', name, context);
      if (!stopped.ok || act === 'stop') return stopped;
    }
    return sayAndWait(act === 'stop' ? 'stop' : 'start', name, context);
  },
};

type Entry = { readonly name: string; readonly text: (value: string) => string };

/** One key directly below that of the services, if it is a program's. */
function entryOf({ key, values }: Section): Entry[] {
  const name = key.slice(services.length + 1);
  if (name === '' || name.includes('\\')) return [];
  const text = (wanted: string): string => {
    const found = values.find((value) => value.name.toLowerCase() === wanted.toLowerCase());
    return found === undefined ? '' : textOfData(found.type, found.bytes);
  };
  return (Number(text('Type')) & isProgram) === 0 ? [] : [{ name, text }];
}

type Said = { readonly state: ServiceState; readonly pid?: number };

function rowOf({ name, text }: Entry, said: Said | undefined): ServiceRow {
  // a name of its own, or where in a library it stands in the language of the system: @%SystemRoot%\system32\x.dll,-100
  const description = [text('Description'), text('DisplayName')].find((words) => words !== '' && !words.startsWith('@')) ?? '';
  return { name, state: said?.state ?? 'unknown', start: startOf(text('Start')), description };
}

function propertiesOf(entry: Entry, said: Said | undefined): ServiceProperties {
  const [user, commandLine] = [entry.text('ObjectName'), entry.text('ImagePath')];
  return {
    ...rowOf(entry, said),
    ...(said?.pid === undefined || said.pid === 0 ? {} : { pid: said.pid }),
    ...(user === '' ? {} : { user }),
    ...(commandLine === '' ? {} : { commandLine }),
    needs: entry.text('DependOnService').split('\n').filter((name) => name !== ''),
    neededBy: [],
  };
}

/** SERVICE_BOOT_START to SERVICE_DISABLED. */
function startOf(number: string): StartKind {
  return (['automatic', 'automatic', 'automatic', 'manual', 'never'] as const)[number === '' ? -1 : Number(number)] ?? 'unknown';
}

/** SERVICE_STOPPED to SERVICE_PAUSED, from 1 on. */
const states: readonly ServiceState[] = ['unknown', 'stopped', 'starting', 'stopping', 'running', 'starting', 'stopping', 'paused'];

/** All at once; the sc.exe of Wine has only one at a time to tell of. */
async function statesOf(names: readonly string[], context: ServiceContext): Promise<Outcome<ReadonlyMap<string, Said>>> {
  const said = await askTool('sc.exe', ['queryex', 'type=', 'service', 'state=', 'all', 'bufsize=', '262144'], context);
  if (!said.ok) return said;
  if (said.value.exitCode === 0) return success(parseStates(said.value.stdout));
  const found = new Map<string, Said>();
  for (const name of names) {
    const one = await query(name, context, ['query']);
    if (!one.ok) return one;
    if (one.value !== undefined) found.set(name.toLowerCase(), one.value);
  }
  return success(found);
}

/** Only the first tells the process, and not everywhere. */
const queries: readonly string[] = ['queryex', 'query'];

async function query(name: string, context: ServiceContext, ways = queries): Promise<Outcome<Said | undefined>> {
  for (const way of ways) {
    const said = await askTool('sc.exe', [way, name], context);
    if (!said.ok) return said;
    const found = parseStates(said.value.stdout).get(name.toLowerCase());
    if (found !== undefined) return success(found);
  }
  return success(undefined);
}

/**
 * Blocks with an empty line between two, whose first line ends in the name of a service. Of the lines `NAME : 4  WORD` the first is the type and the second the
 * state, whatever they are called in the language of the system.
 */
export function parseStates(said: string): ReadonlyMap<string, Said> {
  const blocks = said.replaceAll('\r', '').split(/\n\s*\n/).map((block) => block.trim());
  return new Map(blocks.flatMap((block) => {
    const name = /^\S[^\n:]*: (.+)/.exec(block)?.[1]?.trim();
    const state = [...block.matchAll(/^\s+\S+\s+: ([0-9a-f]+) {2}/gm)][1]?.[1];
    if (name === undefined || state === undefined) return [];
    const pid = /^\s*PID\s*: (\d+)/m.exec(block)?.[1];
    return [[name.toLowerCase(), { state: states[Number(state)] ?? 'unknown', ...(pid === undefined ? {} : { pid: Number(pid) }) }]] as const;
  }));
}

const lookEveryMs = 250;

/** sc.exe answers when the request is taken: it is done when the service says so. The run's own time limit holds. */
async function sayAndWait(act: 'start' | 'stop', name: string, context: ServiceContext): Promise<Outcome<void>> {
  const said = await say([act, name], context);
  if (!said.ok) return said;
  for (;;) {
    const now = await query(name, context);
    if (!now.ok) return now;
    if (now.value?.state !== 'starting' && now.value?.state !== 'stopping') break;
    await setTimeout(lookEveryMs);
    if (context.signal.aborted) return failure('cancelled', `${name} had not finished to ${act}`);
  }
  return success(undefined);
}

/** Exit codes are those of the system (winerror.h): 5 access denied, 1060 no such service. */
async function say(args: readonly string[], context: ServiceContext): Promise<Outcome<void>> {
  const said = await askTool('sc.exe', args, context);
  if (!said.ok) return said;
  const { exitCode, stdout, stderr } = said.value;
  if (exitCode === 0) return success(undefined);
  if (exitCode === 5) return failure('not-permitted', args.join(' '));
  if (exitCode === 1060) return failure('not-found', `there is no service ${args[1] ?? ''}`);
  return failure('tool-failed', `sc.exe ${args.join(' ')} ended with ${exitCode}: ${(stdout.trim() || stderr.trim()).slice(-500)}`);
}
