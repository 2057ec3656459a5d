import type { AgentPrimitive } from '../agent-primitive.ts';
import { screenCapture } from './capture.ts';

export const screenFamily: readonly AgentPrimitive[] = [screenCapture];
