import type { AgentPrimitive } from '../agent-primitive.ts';
import { processExecute } from './execute.ts';

export const processFamily: readonly AgentPrimitive[] = [processExecute];
