import type { AgentPrimitive } from '../agent-primitive.ts';
import { information } from './information.ts';

export const systemFamily: readonly AgentPrimitive[] = [information];
