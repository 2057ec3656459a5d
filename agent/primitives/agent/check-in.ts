/**
 * Makes the agent say again, at once, what it is and has.
 */
import { Type } from 'typebox';
import { success } from '../../../protocol/outcome.ts';
import type { AgentPrimitive } from '../agent-primitive.ts';
import { defineAgentPrimitive } from '../agent-primitive.ts';
import type { AgentSelf } from './self.ts';

export function checkInPrimitive(self: AgentSelf): AgentPrimitive {
  return defineAgentPrimitive({
    name: 'agent.check-in',
    title: 'Check in',
    description: 'Makes the machine check in again at once: its facts, addresses, versions and primitives are sent afresh.',
    risk: 'read',
    streams: 'none',
    platforms: ['linux', 'win32', 'darwin'],
    params: Type.Object({}, { additionalProperties: false }),
    result: Type.Object({}, { additionalProperties: false }),
    place: 'main',
    run: async () => {
      self.checkIn();
      return success({});
    },
  });
}
