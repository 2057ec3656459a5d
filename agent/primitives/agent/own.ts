/**
 * The primitives that speak of the agent itself, or ask it while they run.
 */
import type { AgentPrimitive } from '../agent-primitive.ts';
import { checkInPrimitive } from './check-in.ts';
import { logPrimitive } from './log.ts';
import { procedureRun } from '../procedure/run.ts';
import type { AgentSelf } from './self.ts';
import { tunnelPrimitive } from '../tunnel/open.ts';
import { settingsPrimitive, statusPrimitive } from './status.ts';

export function ownFamily(self: AgentSelf): readonly AgentPrimitive[] {
  return [checkInPrimitive, logPrimitive, settingsPrimitive, statusPrimitive, procedureRun, tunnelPrimitive].map((primitive) => primitive(self));
}
