/**
 * What is installed, by every manager that the machine has.
 */
import { Type } from 'typebox';
import { limits } from '../../../protocol/limits.ts';
import { success } from '../../../protocol/outcome.ts';
import { defineAgentPrimitive } from '../agent-primitive.ts';
import { installedBundles } from './bundles.ts';
import { managerHere } from './here.ts';
import { InstalledPackage } from './manager.ts';

export const packageList = defineAgentPrimitive({
  name: 'package.list',
  title: 'List packages',
  description: 'Installed packages with their versions: of the system (apt, dnf or winget) and of flatpak and snap. More than fit are cut: narrow them by name.',
  risk: 'read',
  streams: 'none',
  platforms: ['linux', 'win32'],
  params: Type.Object(
    { name: Type.Optional(Type.String({ title: 'Name', description: 'Only packages whose name contains this. Left out: all.', maxLength: 200 })) },
    { additionalProperties: false },
  ),
  result: Type.Object(
    {
      packages: Type.Array(InstalledPackage, { title: 'Packages', description: 'By name.', maxItems: limits.maxListedPackages }),
      total: Type.Integer({ title: 'Total', description: 'Packages that fit the name, shown or not.' }),
      truncated: Type.Boolean({ title: 'Cut', description: 'Whether there are more than are shown.' }),
    },
    { additionalProperties: false },
  ),
  run: async ({ name = '' }, context) => {
    const manager = await managerHere();
    if (!manager.ok) return manager;
    const [own, bundles] = [await manager.value.installed(context), await installedBundles(context)];
    if (!own.ok) return own;
    if (!bundles.ok) return bundles;
    const fitting = [...own.value, ...bundles.value].filter((entry) => entry.name.includes(name)).sort((left, right) => (left.name < right.name ? -1 : 1));
    return success({ packages: fitting.slice(0, limits.maxListedPackages), total: fitting.length, truncated: fitting.length > limits.maxListedPackages });
  },
});
