import type { AgentPrimitive } from '../agent-primitive.ts';
import { createKey, deleteKey, listKeys } from './keys.ts';
import { deleteValue, getValue, listValues, setValue } from './values.ts';

export const registryFamily: readonly AgentPrimitive[] = [createKey, deleteKey, deleteValue, getValue, listKeys, listValues, setValue];
