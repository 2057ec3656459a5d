/** Installed packages of every manager that the machine has. */
import { Type } from 'typebox';
import { success } from '../../../../protocol/outcome.ts';
import { installedBundles } from '../../package/bundles.ts';
import { managerHere } from '../../package/here.ts';
import { defineSection, id, words } from '../section.ts';

export const software = defineSection({
  name: 'software',
  row: Type.Object({ id: id('Manager, name and architecture.'), version: words('Version', 'Installed version.') }),
  gather: async (context) => {
    const manager = await managerHere();
    const own = manager.ok ? await manager.value.installed(context) : manager;
    if (!own.ok) return own;
    const bundles = await installedBundles(context);
    if (!bundles.ok) return bundles;
    return success([...own.value, ...bundles.value].map((entry) => ({ id: [entry.manager, entry.name, entry.architecture].filter((part) => part !== '').join(' '), version: entry.version })));
  },
});
