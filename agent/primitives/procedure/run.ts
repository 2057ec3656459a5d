/**
 * A procedure on this machine: its steps one after the other, as one directive.
 */
import { ProcedureResult, ProcedureRun } from '../../../protocol/procedure/run.ts';
import { runPrimitive } from '../../../protocol/procedure/steps.ts';
import { defineAgentPrimitive } from '../agent-primitive.ts';
import type { AgentPrimitive } from '../agent-primitive.ts';
import type { AgentSelf } from '../agent/self.ts';

export function procedureRun(self: AgentSelf): AgentPrimitive {
  return defineAgentPrimitive({
    name: runPrimitive,
    title: 'Run a procedure',
    description: 'Runs the steps of a procedure, also while nobody is connected, and reports on each. It takes the right to every primitive that its steps call, and counts as dangerous as the worst of them.',
    // of itself: that of the steps comes on top, in the agent's check
    risk: 'read',
    streams: 'output',
    platforms: ['linux', 'win32', 'darwin'],
    params: ProcedureRun,
    result: ProcedureResult,
    // its steps wait for places of their own: sixty-four procedures in sixty-four places would wait for ever
    place: 'main',
    run: (asked, context) => self.runProcedure(asked, context),
  });
}
