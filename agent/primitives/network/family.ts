import type { AgentPrimitive } from '../agent-primitive.ts';
import { networkInterfaces } from './interfaces.ts';
import { networkPing } from './ping.ts';
import { networkPortCheck } from './port-check.ts';
import { networkResolve } from './resolve.ts';
import { networkConnections, networkRoutes } from './tables.ts';

export const networkFamily: readonly AgentPrimitive[] = [networkConnections, networkInterfaces, networkPing, networkPortCheck, networkResolve, networkRoutes];
