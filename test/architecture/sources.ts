/**
 * Reads the project's own sources as text: which files there are and what each one imports.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';

export const projectRoot = join(import.meta.dirname, '..', '..');

export type SourceImport = { readonly specifier: string; /** Erased before it runs. */ readonly typeOnly: boolean };
export type Source = { /** From the root, with slashes. */ readonly path: string; readonly text: string; readonly imports: readonly SourceImport[] };

const rooms = ['protocol', 'transports', 'certs', 'agent', 'intermediary', 'plugins', 'console', 'test', 'bench'];
const importPattern = /(?:^|\n)\s*(?:import|export)\s+(type\s+)?(?:[^'"`;]*?\sfrom\s+)?['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)/g;

/** Every TypeScript file of the rooms, parsed for its imports. */
export function readSources(): Source[] {
  return rooms.flatMap((room) => filesBelow(join(projectRoot, room))).map(readSource);
}

/** The project's own file that an import names, from the root; undefined for packages. */
export function targetOf(from: Source, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  return normalize(join(dirname(from.path), specifier));
}

function filesBelow(folder: string): string[] {
  let entries;
  try {
    entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  } catch {
    return [];
  }
  return entries
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.includes('node_modules'));
}

function readSource(file: string): Source {
  const text = readFileSync(file, 'utf8');
  const imports = [...text.matchAll(importPattern)].map((match) => ({
    specifier: match[2] ?? match[3] ?? '',
    typeOnly: match[1] !== undefined,
  }));
  return { path: relative(projectRoot, file), text, imports };
}
