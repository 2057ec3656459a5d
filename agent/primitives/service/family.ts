import type { AgentPrimitive } from '../agent-primitive.ts';
import { serviceDisable, serviceEnable, serviceRestart, serviceStart, serviceStop } from './act.ts';
import { serviceList } from './list.ts';
import { serviceProperties } from './properties.ts';

export const serviceFamily: readonly AgentPrimitive[] = [serviceDisable, serviceEnable, serviceList, serviceProperties, serviceRestart, serviceStart, serviceStop];
