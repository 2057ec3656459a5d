/**
 * The primitives that every agent has, by name. One module each; from its schema come the checking on both ends, the form
 * in the browser, the flags and the reference page. A family is loaded with the first directive for it, and heavy libraries
 * by `run`: an agent that waits holds none of them.
 */
import { createHash } from 'node:crypto';
import type { PrimitiveDescription } from '../../protocol/primitive.ts';
import { nobody } from './agent/self.ts';
import type { AgentSelf } from './agent/self.ts';
import type { AgentPrimitive } from './agent-primitive.ts';
import { keptDescriptions } from './descriptions.ts';

type Family = readonly AgentPrimitive[];

/** By the first half of a primitive's name. */
const families: Readonly<Record<string, () => Promise<Family>>> = {
  agent: async () => (await import('./agent/family.ts')).agentFamily,
  audit: async () => (await import('./audit/family.ts')).auditFamily,
  dialog: async () => (await import('./dialog/family.ts')).dialogFamily,
  disk: async () => (await import('./disk/family.ts')).diskFamily,
  'event-log': async () => (await import('./event-log/family.ts')).eventLogFamily,
  file: async () => (await import('./file/family.ts')).fileFamily,
  network: async () => (await import('./network/family.ts')).networkFamily,
  package: async () => (await import('./package/family.ts')).packageFamily,
  process: async () => (await import('./process/family.ts')).processFamily,
  registry: async () => (await import('./registry/family.ts')).registryFamily,
  screen: async () => (await import('./screen/family.ts')).screenFamily,
  schedule: async () => (await import('./schedule/family.ts')).scheduleFamily,
  service: async () => (await import('./service/family.ts')).serviceFamily,
  shell: async () => (await import('./shell/family.ts')).shellFamily,
  system: async () => (await import('./system/family.ts')).systemFamily,
  terminal: async () => (await import('./terminal/family.ts')).terminalFamily,
  user: async () => (await import('./user/family.ts')).userFamily,
  variable: async () => (await import('./variable/family.ts')).variableFamily,
  'wake-on-lan': async () => (await import('./wake-on-lan/family.ts')).wakeOnLanFamily,
};

/** Those that were wanted so far. */
const loaded = new Map<string, ReadonlyMap<string, AgentPrimitive>>();

export type Registry = {
  /** SHA-256 of the JSON of `describe`, in hex: what an intermediary must know to know them all. */
  readonly digest: string;
  /** At once where its family has been wanted before. */
  find(name: string): AgentPrimitive | undefined | Promise<AgentPrimitive | undefined>;
  /** Those of this platform, as they cross to the console. Read afresh each time and kept by nobody. */
  describe(): Promise<PrimitiveDescription[]>;
};

/** Those that speak of the agent itself, or ask it while they run, in its main thread. */
const ownNames: readonly string[] = ['agent.check-in', 'agent.log', 'agent.settings', 'agent.status', 'procedure.run', 'tunnel.open'];

/** The registry of the main thread. */
export async function openRegistry(self: AgentSelf, platform: string = process.platform): Promise<Registry> {
  let own: Family | undefined;
  const findOwn = async (name: string): Promise<AgentPrimitive | undefined> => {
    own ??= (await import('./agent/own.ts')).ownFamily(self);
    return own.find((primitive) => primitive.name === name);
  };
  const described = async (): Promise<string> => (await keptDescriptions(platform)) ?? JSON.stringify(await describeFor(platform));
  const digest = createHash('sha256').update(await described()).digest('hex');
  return { digest, describe: async () => JSON.parse(await described()), find: (name) => (ownNames.includes(name) ? findOwn(name) : findPrimitive(name)) };
}

/** For a worker thread, too: the primitives that need nothing of the agent. */
export function findPrimitive(name: string): AgentPrimitive | undefined | Promise<AgentPrimitive | undefined> {
  const family = name.slice(0, name.indexOf('.'));
  const known = loaded.get(family);
  if (known !== undefined) return known.get(name);
  const load = Object.hasOwn(families, family) ? families[family] : undefined;
  return load === undefined ? undefined : load().then((primitives) => keep(family, primitives).get(name));
}

/** Every primitive of every platform; loads them all. */
export async function describeAll(): Promise<PrimitiveDescription[]> {
  const all = await Promise.all(Object.values(families).map((load) => load()));
  const { ownFamily } = await import('./agent/own.ts');
  return [...ownFamily(nobody), ...all.flat()].map(describe).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Those of one platform, as `describeAll`. */
export async function describeFor(platform: string): Promise<PrimitiveDescription[]> {
  return (await describeAll()).filter(({ platforms }) => platforms.some((each) => each === platform));
}

function keep(family: string, primitives: Family): ReadonlyMap<string, AgentPrimitive> {
  const byName = new Map(primitives.map((primitive) => [primitive.name, primitive]));
  loaded.set(family, byName);
  return byName;
}

function describe(primitive: AgentPrimitive): PrimitiveDescription {
  const { name, title, description, risk, streams, platforms } = primitive;
  return { name, title, description, risk, streams, platforms, params: plainSchema(primitive.params), result: plainSchema(primitive.result) };
}

/** The JSON Schema alone, without what typebox remembers for itself. */
function plainSchema(schema: object): Record<string, unknown> {
  return JSON.parse(JSON.stringify(schema));
}
