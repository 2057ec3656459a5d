/**
 * The primitives that every agent has, by name. One module each; from its schema come the checking on both ends, the
 * form in the browser, the flags and the reference page. Heavy libraries are loaded by `run`, never by a module itself.
 */
import type { PrimitiveDescription } from '../../protocol/primitive.ts';
import { checkInPrimitive } from './agent/check-in.ts';
import { agentFamily } from './agent/family.ts';
import type { AgentPrimitive } from './agent-primitive.ts';
import { fileFamily } from './file/family.ts';
import { processFamily } from './process/family.ts';
import { shellFamily } from './shell/family.ts';
import { systemFamily } from './system/family.ts';
import { terminalFamily } from './terminal/family.ts';

export type Registry = {
  find(name: string): AgentPrimitive | undefined;
  /** Those of this platform, as they cross to the console. */
  describe(): PrimitiveDescription[];
};

const workerPrimitives: readonly AgentPrimitive[] = [
  ...agentFamily,
  ...fileFamily,
  ...processFamily,
  ...shellFamily,
  ...systemFamily,
  ...terminalFamily,
];

/** The registry of the main thread; `checkIn` is what `agent.check-in` does. */
export function makeRegistry(checkIn: () => void, platform: string = process.platform): Registry {
  const here = [checkInPrimitive(checkIn), ...workerPrimitives].filter((primitive) => primitive.platforms.some((name) => name === platform));
  const byName = new Map(here.map((primitive) => [primitive.name, primitive]));
  return { find: (name) => byName.get(name), describe: () => here.map(describe) };
}

/** For a worker thread: the primitives that run there. */
export function findPrimitive(name: string): AgentPrimitive | undefined {
  return workerPrimitives.find((primitive) => primitive.name === name);
}

function describe(primitive: AgentPrimitive): PrimitiveDescription {
  const { name, title, description, risk, streams, platforms } = primitive;
  return { name, title, description, risk, streams, platforms, params: plainSchema(primitive.params), result: plainSchema(primitive.result) };
}

/** The JSON Schema alone, without what typebox remembers for itself. */
function plainSchema(schema: object): Record<string, unknown> {
  return JSON.parse(JSON.stringify(schema));
}
