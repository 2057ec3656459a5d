import type { AgentPrimitive } from '../agent-primitive.ts';
import { variableGet } from './get.ts';

export const variableFamily: readonly AgentPrimitive[] = [variableGet];
