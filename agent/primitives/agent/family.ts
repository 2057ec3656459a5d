import type { AgentPrimitive } from '../agent-primitive.ts';
import { echo } from './echo.ts';

export const agentFamily: readonly AgentPrimitive[] = [echo];
