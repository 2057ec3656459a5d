import type { AgentPrimitive } from '../agent-primitive.ts';
import { fileArchive } from './archive.ts';
import { fileCopy } from './copy.ts';
import { fileDelete } from './delete.ts';
import { fileExecute } from './execute.ts';
import { fileHash } from './hash.ts';
import { fileList } from './list.ts';
import { fileMakeDirectory } from './make-directory.ts';
import { fileMove } from './move.ts';
import { fileProperties } from './properties.ts';
import { fileReadBlocks } from './read-blocks.ts';
import { fileRead } from './read.ts';
import { fileRenameLocked } from './rename-locked.ts';
import { fileSearch } from './search.ts';
import { fileWrite } from './write.ts';

export const fileFamily: readonly AgentPrimitive[] = [
  fileArchive, fileCopy, fileDelete, fileExecute, fileHash, fileList, fileMakeDirectory, fileMove, fileProperties, fileRead, fileReadBlocks, fileRenameLocked, fileSearch, fileWrite,
];
