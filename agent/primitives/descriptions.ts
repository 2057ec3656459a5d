/**
 * What the primitives are, written down when the agent was bundled (agent/bundle.mjs): so that an agent that only says what
 * it has need not load it.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

/** JSON of the descriptions of this platform's primitives; undefined where the agent runs from its sources. */
export async function keptDescriptions(platform: string): Promise<string | undefined> {
  const file = new URL(`./primitives-${platform}.json`, import.meta.url);
  return existsSync(file) ? readFile(file, 'utf8') : undefined;
}
