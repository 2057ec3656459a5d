/**
 * The report: the one signed end of a directive on one machine. Signed by the agent's own key, with a counter and the
 * digest of the report before, so that dropping one shows.
 */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { AgentId, Bytes32, Seconds } from './root.ts';
import { DirectiveId } from './directive.ts';

export const reportType = 'application/vnd.behest.report.v1+json';

export const reportStatuses = ['succeeded', 'failed', 'refused', 'cancelled', 'expired', 'interrupted'] as const;
export type ReportStatus = (typeof reportStatuses)[number];

/** What is known of one output channel when the run has ended. */
export const OutputSummary = Type.Object(
  {
    /** Bytes the program wrote, and those of them that were sent and kept: fewer means cut. */
    bytes: Type.Integer({ minimum: 0 }),
    kept: Type.Integer({ minimum: 0 }),
    /** SHA-256 over the kept bytes, so that an altered output shows. */
    digest: Bytes32,
  },
  { additionalProperties: false },
);
export type OutputSummary = Static<typeof OutputSummary>;

/** One firing of a standing directive. */
export const Firing = Type.Object(
  {
    /** Its time by the schedule. */
    at: Seconds,
    /** Firings since the report before that never began: the machine was off, or one was still running. */
    missed: Type.Integer({ minimum: 0 }),
    /** Firings since then that ran without a report of their own, since too many reports waited; and how many of them did not succeed. */
    uncounted: Type.Optional(Type.Object({ count: Type.Integer({ minimum: 1 }), unsuccessful: Type.Integer({ minimum: 0 }) }, { additionalProperties: false })),
  },
  { additionalProperties: false },
);
export type Firing = Static<typeof Firing>;

export const Report = Type.Object(
  {
    directiveId: DirectiveId,
    /** SHA-256 of the directive's payload bytes: the report speaks of exactly this directive. */
    directiveDigest: Bytes32,
    agentId: AgentId,
    /** Rises by one with each report of this agent. */
    counter: Type.Integer({ minimum: 1 }),
    /** SHA-256 of the payload bytes of the report before; empty for the first. */
    previous: Type.Union([Bytes32, Type.Literal('')]),
    status: Type.Enum(reportStatuses),
    /** Catalogue code of a report that did not succeed. */
    code: Type.Optional(Type.String({ maxLength: 64 })),
    detail: Type.Optional(Type.String({ maxLength: 4000 })),
    /** What the primitive gave, by its result schema. */
    result: Type.Optional(Type.Unknown()),
    output: Type.Optional(Type.Object({ stdout: OutputSummary, stderr: OutputSummary }, { additionalProperties: false })),
    /** Absent when it never started. Wall time of the machine, milliseconds. */
    startedAtMs: Type.Optional(Type.Integer({ minimum: 0 })),
    endedAtMs: Type.Integer({ minimum: 0 }),
    /** Of a standing directive: the report is of this firing, and not the last one. */
    firing: Type.Optional(Firing),
    policy: Type.Integer({ minimum: 0 }),
    issuedAt: Seconds,
  },
  { additionalProperties: false },
);
export type Report = Static<typeof Report>;
