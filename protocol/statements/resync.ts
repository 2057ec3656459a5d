/**
 * The resync: owners let machines come back whose rolling key no longer fits, after a fork or after the intermediary's
 * database was restored from an older copy. It names machines and, where there are two of one, which copy is meant.
 */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { limits } from '../limits.ts';
import { DirectiveId } from './directive.ts';
import { AgentId, Seconds } from './root.ts';

export const resyncType = 'application/vnd.behest.resync.v1+json';

/**
 * Which copy of a machine: the one that holds the live key; whichever calls first; or the one of this id, which a copy
 * makes when it is refused, so that no other copy has it. Alarm and `behest-agent status` show it.
 */
export const CopyChoice = Type.String({ pattern: '^(live|first|[0-9a-f]{16})$' });

export const Resync = Type.Object(
  {
    /** 128 random bits, lower-case hex. */
    id: DirectiveId,
    issuedAt: Seconds,
    notAfter: Seconds,
    /** Machines that may come back by it, each once. */
    maxUses: Type.Integer({ minimum: 1, maximum: limits.maxTargets }),
    /** Absent: every machine of the installation, whichever copy calls first. */
    machines: Type.Optional(
      Type.Array(Type.Object({ agentId: AgentId, copy: CopyChoice }, { additionalProperties: false }), { minItems: 1, maxItems: limits.maxResyncMachines }),
    ),
    reason: Type.String({ maxLength: 200 }),
  },
  { additionalProperties: false },
);
export type Resync = Static<typeof Resync>;
