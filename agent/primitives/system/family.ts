import type { AgentPrimitive } from '../agent-primitive.ts';
import { information } from './information.ts';
import { cancelShutdown, reboot, shutDown } from './shut-down.ts';

export const systemFamily: readonly AgentPrimitive[] = [cancelShutdown, information, reboot, shutDown];
