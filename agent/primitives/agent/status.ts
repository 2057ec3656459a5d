/**
 * How the agent is.
 */
import { Type } from 'typebox';
import { success } from '../../../protocol/outcome.ts';
import type { AgentPrimitive } from '../agent-primitive.ts';
import { defineAgentPrimitive } from '../agent-primitive.ts';
import { OwnSettings, OwnStatus } from './own-forms.ts';
import type { AgentSelf } from './self.ts';

const nothing = Type.Object({}, { additionalProperties: false });

export function statusPrimitive(self: AgentSelf): AgentPrimitive {
  return defineAgentPrimitive({
    name: 'agent.status',
    title: 'Status of the agent',
    description: 'How the agent of the machine is: how it reaches its intermediary and which ways failed, its versions, memory and processor time.',
    risk: 'read',
    streams: 'none',
    platforms: ['linux', 'win32', 'darwin'],
    params: nothing,
    result: OwnStatus,
    place: 'main',
    run: async () => success(self.status()),
  });
}

export function settingsPrimitive(self: AgentSelf): AgentPrimitive {
  return defineAgentPrimitive({
    name: 'agent.settings',
    title: 'Settings of the agent',
    description: 'The settings that are in force on the machine: those that were signed for it, its site or everywhere, and what was given when its agent was started.',
    risk: 'read',
    streams: 'none',
    platforms: ['linux', 'win32', 'darwin'],
    params: nothing,
    result: OwnSettings,
    place: 'main',
    run: async () => success(self.settings()),
  });
}
