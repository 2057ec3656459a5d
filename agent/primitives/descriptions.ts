/**
 * What the primitives are, written down when the agent was bundled (agent/bundle.mjs): so that an agent that only says what
 * it has need not load it.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { PrimitiveDescription } from '../../protocol/primitive.ts';

const file = new URL('./primitives.json', import.meta.url);

/** Undefined where the agent runs from its sources. */
export async function keptDescriptions(): Promise<PrimitiveDescription[] | undefined> {
  return existsSync(file) ? JSON.parse(await readFile(file, 'utf8')) : undefined;
}
