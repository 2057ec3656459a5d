import type { AgentPrimitive } from '../agent-primitive.ts';
import { changingPackages } from './change.ts';
import { packageList } from './list.ts';
import { packageUpdates } from './updates.ts';

export const packageFamily: readonly AgentPrimitive[] = [packageList, packageUpdates, ...changingPackages];
