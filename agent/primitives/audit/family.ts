import type { AgentPrimitive } from '../agent-primitive.ts';
import { auditFiles } from './files.ts';
import { auditFull } from './full.ts';
import { auditIncremental } from './incremental.ts';

export const auditFamily: readonly AgentPrimitive[] = [auditFull, auditIncremental, auditFiles];
