import type { AgentPrimitive } from '../agent-primitive.ts';
import { userList } from './list.ts';

export const userFamily: readonly AgentPrimitive[] = [userList];
