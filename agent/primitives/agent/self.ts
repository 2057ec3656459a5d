/**
 * What the agent tells technicians of itself, and does to itself; in its main thread, handed in by its composition root.
 */
import type { PrimitiveContext, RunOutcome } from '../../../protocol/primitive.ts';
import type { ProcedureResult, ProcedureRun } from '../../../protocol/procedure/run.ts';
import type { TunnelRules } from '../tunnel/serve.ts';
import type { OwnSettings, OwnStatus } from './own-forms.ts';

export type AgentSelf = {
  checkIn(): void;
  /** Where the policy in force lets tunnels of this person lead from here. */
  tunnelRules: TunnelRules;
  status(): OwnStatus;
  settings(): OwnSettings;
  /** Path of the file that its log is kept in. */
  readonly logPath: string;
  runProcedure(asked: ProcedureRun, context: PrimitiveContext): Promise<RunOutcome<ProcedureResult>>;
};

/** For whoever only asks what the primitives are. */
export const nobody: AgentSelf = { checkIn: absent, tunnelRules: absent, status: absent, settings: absent, logPath: '', runProcedure: absent };

function absent(): never {
  throw new Error('there is no agent here');
}
