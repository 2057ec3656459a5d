/**
 * All that is known of one service.
 */
import { Type } from 'typebox';
import { defineAgentPrimitive } from '../agent-primitive.ts';
import { serviceName } from './parameters.ts';
import { serviceManager, ServiceProperties } from './service-manager.ts';

export const serviceProperties = defineAgentPrimitive({
  name: 'service.properties',
  title: 'Properties of a service',
  description: 'State, process, memory, command line and dependencies of one service, and with what exit code it ended last.',
  risk: 'read',
  streams: 'none',
  platforms: ['linux', 'win32'],
  params: Type.Object({ service: serviceName }, { additionalProperties: false }),
  result: ServiceProperties,
  async run({ service }, context) {
    const manager = serviceManager();
    return manager.ok ? manager.value.properties(service, context) : manager;
  },
});
