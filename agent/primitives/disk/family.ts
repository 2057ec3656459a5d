import type { AgentPrimitive } from '../agent-primitive.ts';
import { diskUsage } from './usage.ts';

export const diskFamily: readonly AgentPrimitive[] = [diskUsage];
