import type { AgentPrimitive } from '../agent-primitive.ts';
import { fileExecute } from './execute.ts';

export const fileFamily: readonly AgentPrimitive[] = [fileExecute];
