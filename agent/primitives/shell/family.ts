import type { AgentPrimitive } from '../agent-primitive.ts';
import { shellExecute } from './execute.ts';

export const shellFamily: readonly AgentPrimitive[] = [shellExecute];
