/**
 * The registry by reg.exe, the system's own tool: it exports and imports files, which are exact; what it prints is in the language
 * of the system and the code page of a console, so of that only plain names of keys are believed.
 */
import { mkdtemp, open, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { makePrivateFolder } from '../../../disk/private-folder.ts';
import { limits } from '../../../protocol/limits.ts';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Failure, Outcome } from '../../../protocol/outcome.ts';
import type { PrimitiveContext } from '../../../protocol/primitive.ts';
import { askTool } from '../tool.ts';
import { parentOf, sameKey } from './key.ts';
import { parseRegFile } from './reg-file.ts';
import type { RawValue, Section } from './reg-file.ts';

export type RegistryContext = Pick<PrimitiveContext, 'signal' | 'directiveId'>;

/** Where a key is looked for: what programs of 64 bits see, or those of 32. */
export type Place = { readonly key: string; readonly view: '64' | '32' };

/** The values of a key. Fails with `not-found`, `not-permitted` or, where they are too many, with `not-supported`. */
export async function readValues(place: Place, context: RegistryContext): Promise<Outcome<readonly RawValue[]>> {
  const exported = await exportKey(place, limits.maxRegistryKeyBytes, context);
  if (!exported.ok) return exported;
  const { sections: [own, next], isWhole } = exported.value;
  if (!isWhole && next === undefined) return failure('not-supported', `the values of ${place.key} are more than can be taken`);
  return success(own?.values ?? []);
}

/** Names of the keys in a key. */
export async function readSubkeys(place: Place, context: RegistryContext): Promise<Outcome<readonly string[]>> {
  const printed = await queriedSubkeys(place, context);
  if (printed === undefined) return refusal(place, context);
  if (printed.every(isPlain)) return success(printed);
  const tree = await readTree(place, context);
  if (!tree.ok) return tree;
  return success(tree.value.map(({ key }) => key).filter((key) => sameKey(parentOf(key) ?? '', place.key)).map(lastOf));
}

/** A key and all below it. Fails as `readValues`. */
export async function readTree(place: Place, context: RegistryContext): Promise<Outcome<readonly Section[]>> {
  const exported = await exportKey(place, limits.maxRegistryTreeBytes, context);
  if (!exported.ok) return exported;
  return exported.value.isWhole ? success(exported.value.sections) : failure('not-supported', `${place.key} holds more than can be taken`);
}

/** Carries out what a file of the registry says. Fails with `not-permitted`. */
export function importFile(content: Uint8Array, { view, key }: Place, context: RegistryContext): Promise<Outcome<void>> {
  return inPrivateFolder(async (folder) => {
    const path = join(folder, 'import.reg');
    await writeFile(path, content);
    const said = await askTool('reg.exe', ['import', path, `/reg:${view}`], context);
    if (!said.ok) return said;
    return said.value.exitCode === 0 ? success(undefined) : failure('not-permitted', `${key}: ${said.value.stderr.trim()}`);
  });
}

type Exported = { readonly sections: readonly Section[]; readonly isWhole: boolean };

/**
 * A key is exported with all below it, itself first: once there is enough, the tool is ended. It may let nobody look into its
 * file before.
 */
function exportKey(place: Place, mostBytes: number, context: RegistryContext): Promise<Outcome<Exported>> {
  return inPrivateFolder(async (folder) => {
    const path = join(folder, 'export.reg');
    const enough = new AbortController();
    const watching = watchSize(path, mostBytes, enough);
    const said = await askTool('reg.exe', ['export', place.key, path, '/y', `/reg:${place.view}`], { ...context, signal: AbortSignal.any([context.signal, enough.signal]) }, { timeoutMs: limits.maxTimeoutMs });
    const isWhole = !enough.signal.aborted;
    enough.abort();
    await watching;
    if (isWhole && !said.ok) return said;
    if (said.ok && said.value.exitCode !== 0) return refusal(place, context);
    return success({ sections: parseRegFile(await readStart(path, mostBytes)), isWhole });
  });
}

const lookEveryMs = 50;

async function watchSize(path: string, mostBytes: number, enough: AbortController): Promise<void> {
  while (!enough.signal.aborted) {
    const found = await stat(path).catch(() => undefined); // not begun yet
    if (found !== undefined && found.size > mostBytes) enough.abort();
    await setTimeout(lookEveryMs, undefined, { signal: enough.signal }).catch(() => undefined);
  }
}

/** A tool that was ended holds its file for a moment more. */
const heldRounds = 40;

async function readStart(path: string, mostBytes: number): Promise<string> {
  for (let round = 0; ; round += 1) {
    try {
      await using file = await open(path);
      const bytes = Buffer.alloc(Math.min(mostBytes, (await file.stat()).size));
      const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
      return bytes.toString('utf16le', 0, bytesRead).replace(/^\ufeff/, '');
    } catch (error) {
      const isHeld = error instanceof Error && 'code' in error && (error.code === 'EBUSY' || error.code === 'EPERM' || error.code === 'EACCES');
      if (!isHeld || round === heldRounds) throw error;
      await setTimeout(lookEveryMs);
    }
  }
}

/** As printed, each on a line with the whole of its name; undefined where the tool refuses. */
async function queriedSubkeys({ key, view }: Place, context: RegistryContext): Promise<readonly string[] | undefined> {
  const said = await askTool('reg.exe', ['query', key, `/reg:${view}`], context);
  if (!said.ok || said.value.exitCode !== 0) return undefined;
  const before = `${key}\\`.toLowerCase();
  return said.value.stdout.split(/\r?\n/).filter((line) => line.toLowerCase().startsWith(before)).map(lastOf);
}

/** What the tool says of a refusal is in the language of the system: so whether the key is there is looked up in the one above. */
async function refusal(place: Place, context: RegistryContext): Promise<Failure> {
  const above = parentOf(place.key);
  const beside = above === undefined ? undefined : await queriedSubkeys({ ...place, key: above }, context);
  const isThere = beside === undefined ? above === undefined : beside.some((name) => sameKey(name, lastOf(place.key)));
  return isThere ? failure('not-permitted', place.key) : failure('not-found', `there is no key ${place.key}`);
}

/** In any code page the same; a question mark stands for what the code page lacks. */
function isPlain(name: string): boolean {
  return /^[ ->@-~]*$/.test(name);
}

function lastOf(key: string): string {
  return key.slice(key.lastIndexOf('\\') + 1);
}

/** Values may be secrets. */
async function inPrivateFolder<T>(task: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'behest-'));
  try {
    makePrivateFolder(folder);
    return await task(folder);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
