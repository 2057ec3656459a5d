import type { AgentPrimitive } from '../agent-primitive.ts';
import { dialogAsk } from './ask.ts';
import { dialogFlash } from './flash.ts';
import { dialogMessage } from './message.ts';

export const dialogFamily: readonly AgentPrimitive[] = [dialogAsk, dialogFlash, dialogMessage];
