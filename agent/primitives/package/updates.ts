/**
 * What could be newer.
 */
import { Type } from 'typebox';
import { limits } from '../../../protocol/limits.ts';
import { success } from '../../../protocol/outcome.ts';
import { defineAgentPrimitive } from '../agent-primitive.ts';
import { managerHere } from './here.ts';
import { PackageUpdate } from './manager.ts';

export const packageUpdates = defineAgentPrimitive({
  name: 'package.updates',
  title: 'List updates',
  description: 'Packages of which the package manager knows a newer version. Nothing is installed.',
  risk: 'read',
  streams: 'output',
  platforms: ['linux', 'win32'],
  params: Type.Object(
    { refresh: Type.Optional(Type.Boolean({ title: 'Ask the sources', description: 'Fetches the lists of the package sources first, which needs the network. Otherwise what is known from the last time counts.', default: false })) },
    { additionalProperties: false },
  ),
  result: Type.Object(
    {
      updates: Type.Array(PackageUpdate, { title: 'Updates', description: 'Packages that could be newer.', maxItems: limits.maxListedPackages }),
      truncated: Type.Boolean({ title: 'Cut', description: 'Whether there are more than are shown.' }),
    },
    { additionalProperties: false },
  ),
  run: async ({ refresh = false }, context) => {
    const manager = await managerHere();
    if (!manager.ok) return manager;
    const known = await manager.value.updates(context, refresh);
    if (!known.ok) return known;
    return success({ updates: known.value.slice(0, limits.maxListedPackages), truncated: known.value.length > limits.maxListedPackages });
  },
});
