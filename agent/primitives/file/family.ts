import type { AgentPrimitive } from '../agent-primitive.ts';
import { fileExecute } from './execute.ts';
import { fileList } from './list.ts';
import { fileMakeDirectory } from './make-directory.ts';
import { fileProperties } from './properties.ts';
import { fileRead } from './read.ts';
import { fileWrite } from './write.ts';

export const fileFamily: readonly AgentPrimitive[] = [fileExecute, fileList, fileMakeDirectory, fileProperties, fileRead, fileWrite];
