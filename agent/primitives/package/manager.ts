/**
 * What the primitives ask of a package manager: what is installed, what could be newer, and to change that. One module
 * for each that there is; `managerHere` finds the one of this machine.
 */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import type { Outcome } from '../../../protocol/outcome.ts';
import type { PrimitiveContext } from '../../../protocol/primitive.ts';

export const managerNames = ['apt', 'dnf', 'winget', 'flatpak', 'snap'] as const;
export type ManagerName = (typeof managerNames)[number];

export const InstalledPackage = Type.Object(
  {
    name: Type.String({ title: 'Name', description: 'Name of the package, as its manager knows it.' }),
    version: Type.String({ title: 'Version', description: 'Installed version.' }),
    architecture: Type.String({ title: 'Architecture', description: 'Processor that it was built for; empty where the manager does not say.' }),
    manager: Type.Enum([...managerNames], { title: 'Manager', description: 'What installed it. dpkg packages are of apt, rpm packages of dnf.' }),
  },
  { additionalProperties: false },
);
export type InstalledPackage = Static<typeof InstalledPackage>;

export const PackageUpdate = Type.Object(
  {
    name: Type.String({ title: 'Name', description: 'Name of the package.' }),
    installed: Type.String({ title: 'Installed', description: 'Version that is there; empty where the manager does not say.' }),
    available: Type.String({ title: 'Available', description: 'Version that it could have.' }),
  },
  { additionalProperties: false },
);
export type PackageUpdate = Static<typeof PackageUpdate>;

/** `update` with no names is everything that could be newer. */
export type Change = { readonly verb: 'install' | 'update' | 'remove'; readonly names: readonly string[]; /** How long the manager's lock is waited for. */ readonly lockSeconds: number };

export type PackageManager = {
  readonly name: ManagerName;
  installed(context: PrimitiveContext): Promise<Outcome<InstalledPackage[]>>;
  /** From what the manager knows of its sources; `refresh` asks them first. */
  updates(context: PrimitiveContext, refresh: boolean): Promise<Outcome<PackageUpdate[]>>;
  /** Its words flow into the output. `not-found` for a package that no source has, `busy` when another program holds its lock. */
  change(change: Change, context: PrimitiveContext): Promise<Outcome<void>>;
};
