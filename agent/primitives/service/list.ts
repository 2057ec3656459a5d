/**
 * The services of the machine.
 */
import { Type } from 'typebox';
import { success } from '../../../protocol/outcome.ts';
import { defineAgentPrimitive } from '../agent-primitive.ts';
import { text } from '../parameters.ts';
import { boundedRows, mostRows, truncatedField } from '../rows.ts';
import { serviceManager, ServiceRow, serviceStates } from './service-manager.ts';

export const serviceList = defineAgentPrimitive({
  name: 'service.list',
  title: 'List services',
  description: 'The services of the machine, whether they run and whether they start with it.',
  risk: 'read',
  streams: 'none',
  platforms: ['linux', 'win32'],
  params: Type.Object(
    {
      contains: Type.Optional(text('Contains', 'Only those with this in their name or description; capital or small letters.', 256)),
      state: Type.Optional(Type.Enum(serviceStates, { title: 'State', description: 'Only those in this state.' })),
      most: mostRows(1000),
    },
    { additionalProperties: false },
  ),
  result: Type.Object({ services: Type.Array(ServiceRow, { title: 'Services', description: 'By name.' }), truncated: truncatedField }, { additionalProperties: false }),
  async run({ contains = '', state, most = 1000 }, context) {
    const manager = serviceManager();
    if (!manager.ok) return manager;
    const listed = await manager.value.list(context);
    if (!listed.ok) return listed;
    const wanted = contains.toLowerCase();
    const { rows, truncated } = boundedRows(listed.value.filter((row) => (state === undefined || row.state === state) && `${row.name}\n${row.description}`.toLowerCase().includes(wanted)), most);
    return success({ services: rows, truncated });
  },
});
