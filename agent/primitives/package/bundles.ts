/**
 * What flatpak(1) and snap(8) have installed beside the system's own packages.
 */
import { success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import type { PrimitiveContext } from '../../../protocol/primitive.ts';
import { askToolToSucceed } from '../tool.ts';
import type { InstalledPackage } from './manager.ts';

/** Those of both; a machine that has neither has none. */
export async function installedBundles(context: PrimitiveContext): Promise<Outcome<InstalledPackage[]>> {
  const all: InstalledPackage[] = [];
  for (const { tool, args, read } of sources) {
    const said = await askToolToSucceed(tool, args, context);
    if (said.ok) all.push(...read(said.value.stdout));
    else if (said.code !== 'tool-missing') return said;
  }
  return success(all);
}

export function readFlatpak(text: string): InstalledPackage[] {
  return text.split('\n').flatMap((line) => {
    const [name = '', version = '', architecture = ''] = line.split('\t').map((cell) => cell.trim());
    return name === '' || name === 'Application ID' ? [] : [{ name, version, architecture, manager: 'flatpak' as const }];
  });
}

/** A table with a head: name, version, revision and more. */
export function readSnap(text: string): InstalledPackage[] {
  return text.split('\n').slice(1).flatMap((line) => {
    const [name = '', version = ''] = line.trim().split(/ +/);
    return name === '' || version === '' ? [] : [{ name, version, architecture: '', manager: 'snap' as const }];
  });
}

const sources = [
  { tool: 'flatpak', args: ['list', '--columns=application,version,arch'], read: readFlatpak },
  { tool: 'snap', args: ['list'], read: readSnap },
];
