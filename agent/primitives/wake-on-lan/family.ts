import type { AgentPrimitive } from '../agent-primitive.ts';
import { wakeOnLanSend } from './send.ts';

export const wakeOnLanFamily: readonly AgentPrimitive[] = [wakeOnLanSend];
