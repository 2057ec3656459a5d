import type { AgentPrimitive } from '../agent-primitive.ts';
import { processClose } from './close.ts';
import { processExecute } from './execute.ts';
import { processIsRunning } from './is-running.ts';
import { processList } from './list.ts';

export const processFamily: readonly AgentPrimitive[] = [processClose, processExecute, processIsRunning, processList];
