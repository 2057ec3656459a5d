/**
 * Everything as it is, or a named part of it.
 */
import { Type } from 'typebox';
import { auditSections, AuditResult } from '../../../protocol/audit.ts';
import { defineAgentPrimitive } from '../agent-primitive.ts';
import { takeAudit } from './take.ts';

export const sectionsParameter = Type.Optional(
  Type.Array(Type.Enum([...auditSections]), { title: 'Sections', description: 'What to look at. Left out: everything.', minItems: 1, uniqueItems: true }),
);

export const auditFull = defineAgentPrimitive({
  name: 'audit.full',
  title: 'Full audit',
  description: 'Takes stock of the machine: hardware, operating system, software, printers, disks, network, users, services, certificates and the agent. The rows are in the output, one line a section; the signed result holds their digests.',
  risk: 'read',
  streams: 'output',
  platforms: ['linux'],
  params: Type.Object({ sections: sectionsParameter }, { additionalProperties: false }),
  result: AuditResult,
  run: ({ sections: names }, context) => takeAudit({ names, whole: true }, context),
});
