import type { AgentPrimitive } from '../agent-primitive.ts';
import { terminalOpen } from './open.ts';

export const terminalFamily: readonly AgentPrimitive[] = [terminalOpen];
