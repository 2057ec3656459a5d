/**
 * What changed since the last audit.
 */
import { Type } from 'typebox';
import { AuditResult } from '../../../protocol/audit.ts';
import { defineAgentPrimitive } from '../agent-primitive.ts';
import { sectionsParameter } from './full.ts';
import { takeAudit } from './take.ts';

export const auditIncremental = defineAgentPrimitive({
  name: 'audit.incremental',
  title: 'Incremental audit',
  description: 'Looks at the machine again and reports only what changed since the last audit, row by row in long sections. Where there was none, or another than the one named, it is a full one.',
  risk: 'read',
  streams: 'output',
  platforms: ['linux'],
  params: Type.Object(
    {
      sections: sectionsParameter,
      base: Type.Optional(Type.String({ title: 'Known state', description: 'Digest of the state that is known already. Left out: the last one that the machine reported.', pattern: '^[A-Za-z0-9_-]{43}$', maxLength: 43 })),
    },
    { additionalProperties: false },
  ),
  result: AuditResult,
  run: ({ sections: names, base }, context) => takeAudit({ names, whole: false, knownBase: base }, context),
});
