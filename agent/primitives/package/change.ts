/**
 * Installing, updating and removing: the manager does it with its words in the output, and what it says is believed
 * only when a second look at what is installed agrees.
 */
import { Type } from 'typebox';
import type { TSchema } from 'typebox';
import { limits } from '../../../protocol/limits.ts';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import type { PrimitiveContext } from '../../../protocol/primitive.ts';
import type { AgentPrimitive } from '../agent-primitive.ts';
import { defineAgentPrimitive } from '../agent-primitive.ts';
import { managerHere } from './here.ts';
import type { Change, InstalledPackage, PackageManager } from './manager.ts';

/** Debian's policy (5.6.1), an architecture or a version behind it, and the letters that rpm and winget add. Never an option, never a path. */
const PackageName = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9+._:=~-]*$', maxLength: 200 });

const names = (description: string, minItems: number) => Type.Array(PackageName, { title: 'Packages', description, minItems, maxItems: limits.maxNamedPackages, uniqueItems: true });

const PackageChange = Type.Object(
  {
    name: Type.String({ title: 'Name', description: 'Name of the package.' }),
    before: Type.String({ title: 'Before', description: 'Version before; empty when it was not installed.' }),
    after: Type.String({ title: 'After', description: 'Version now; empty when it is not installed any more.' }),
  },
  { additionalProperties: false },
);

const result = Type.Object(
  {
    changes: Type.Array(PackageChange, { title: 'Changes', description: 'Every package that is another than before, those that came or went along included.', maxItems: limits.maxListedPackages }),
    truncated: Type.Boolean({ title: 'Cut', description: 'Whether more packages changed than are shown.' }),
  },
  { additionalProperties: false },
);

const common: Pick<AgentPrimitive<TSchema, typeof result>, 'streams' | 'platforms' | 'result'> = { streams: 'output', platforms: ['linux', 'win32'], result };

const lockSeconds = Type.Optional(
  Type.Integer({ title: 'Wait for the lock', description: 'Seconds to wait while another program uses the package manager; then it is busy.', default: limits.packageLockMs / 1000, minimum: 0, maximum: 3600 }),
);

export const packageInstall = defineAgentPrimitive({
  ...common,
  name: 'package.install',
  title: 'Install packages',
  description: 'Installs packages and what they need, without a question, and looks afterwards whether they are there. Nothing is removed for it. A lock that another program holds is waited for.',
  risk: 'change',
  params: Type.Object({ packages: names('Names of the packages; with apt a version may follow, as in curl=8.5.0.', 1), lockSeconds }, { additionalProperties: false }),
  run: ({ packages, lockSeconds: wait }, context) => carryOut({ verb: 'install', names: packages, ...waiting(wait) }, context),
});

export const packageUpdate = defineAgentPrimitive({
  ...common,
  name: 'package.update',
  title: 'Update packages',
  description: 'Brings packages to the newest version that the package sources have, as known since the lists were last fetched (see package.updates). Services of updated packages may restart.',
  risk: 'disrupt',
  params: Type.Object({ packages: Type.Optional(names('Names of the packages. Left out: all that could be newer.', 1)), lockSeconds }, { additionalProperties: false }),
  run: ({ packages = [], lockSeconds: wait }, context) => carryOut({ verb: 'update', names: packages, ...waiting(wait) }, context),
});

export const packageRemove = defineAgentPrimitive({
  ...common,
  name: 'package.remove',
  title: 'Remove packages',
  description: 'Removes packages and those that cannot be without them. Their configuration files stay.',
  risk: 'disrupt',
  params: Type.Object({ packages: names('Names of the packages.', 1), lockSeconds }, { additionalProperties: false }),
  run: ({ packages, lockSeconds: wait }, context) => carryOut({ verb: 'remove', names: packages, ...waiting(wait) }, context),
});

export const changingPackages: readonly AgentPrimitive[] = [packageInstall, packageUpdate, packageRemove];

const waiting = (seconds: number | undefined) => ({ lockSeconds: seconds ?? limits.packageLockMs / 1000 });

async function carryOut(change: Change, context: PrimitiveContext) {
  const manager = await managerHere();
  if (!manager.ok) return manager;
  const before = await manager.value.installed(context);
  if (!before.ok) return before;
  const missing = change.verb === 'install' ? undefined : change.names.find((name) => !isIn(before.value, name));
  if (missing !== undefined) return failure('not-found', `${missing} is not installed`);
  return changeAndCompare(manager.value, change, { context, before: before.value });
}

async function changeAndCompare(manager: PackageManager, change: Change, { context, before }: { context: PrimitiveContext; before: readonly InstalledPackage[] }) {
  const done = await manager.change(change, context);
  const after = await manager.installed(context);
  if (!after.ok) return after;
  const all = changesBetween(before, after.value);
  const shown = { changes: all.slice(0, limits.maxListedPackages), truncated: all.length > limits.maxListedPackages };
  const verified = done.ok ? verify(change, after.value) : done;
  return verified.ok ? success(shown) : { ...verified, result: shown };
}

function verify({ verb, names: wanted }: Change, after: readonly InstalledPackage[]): Outcome<void> {
  const wrong = wanted.filter((name) => isIn(after, name) === (verb === 'remove'));
  if (wrong.length === 0) return success(undefined);
  return failure('tool-failed', `the package manager reports success, yet ${wrong.join(', ')} ${verb === 'remove' ? 'is still there' : 'is not installed'}`);
}

/** A name may carry a version (`=`) and an architecture (`:`). */
function isIn(packages: readonly InstalledPackage[], name: string): boolean {
  const [bare = '', version] = name.split('=');
  const [plain = ''] = bare.split(':');
  return packages.some((entry) => (entry.name === plain || entry.name === bare) && (version === undefined || entry.version === version));
}

export function changesBetween(before: readonly InstalledPackage[], after: readonly InstalledPackage[]) {
  const versions = (packages: readonly InstalledPackage[]) => new Map(packages.map(({ name, architecture, version }) => [`${name}\t${architecture}`, { name, version }]));
  const [old, now] = [versions(before), versions(after)];
  return [...new Set([...old.keys(), ...now.keys()])]
    .map((key) => ({ name: (now.get(key) ?? old.get(key))?.name ?? key, before: old.get(key)?.version ?? '', after: now.get(key)?.version ?? '' }))
    .filter((change) => change.before !== change.after)
    .sort((left, right) => (left.name < right.name ? -1 : 1));
}
