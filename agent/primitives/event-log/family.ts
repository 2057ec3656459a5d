import type { AgentPrimitive } from '../agent-primitive.ts';
import { eventLogFollow } from './follow.ts';
import { eventLogRead } from './read.ts';

export const eventLogFamily: readonly AgentPrimitive[] = [eventLogFollow, eventLogRead];
