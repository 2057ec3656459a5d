import type { AgentPrimitive } from '../agent-primitive.ts';
import { scheduleList } from './list.ts';

export const scheduleFamily: readonly AgentPrimitive[] = [scheduleList];
