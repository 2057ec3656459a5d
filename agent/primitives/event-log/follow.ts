/**
 * Events as they happen: the program that shows them runs until the run is ended.
 */
import { Type } from 'typebox';
import { ProgramExit } from '../../execution/program.ts';
import { defineAgentPrimitive } from '../agent-primitive.ts';
import { whichEvents } from './parameters.ts';
import { eventLog } from './which-log.ts';

export const eventLogFollow = defineAgentPrimitive({
  name: 'event-log.follow',
  title: 'Follow events',
  description: 'Shows the last events of a log and then each as it happens, line by line, until it is cancelled or its time limit runs out.',
  risk: 'read',
  streams: 'live',
  platforms: ['linux'],
  params: Type.Object(
    { ...whichEvents, most: Type.Optional(Type.Integer({ title: 'To begin with', description: 'So many of the last events are shown first.', default: 10, minimum: 0, maximum: 1000 })) },
    { additionalProperties: false },
  ),
  result: ProgramExit,
  program({ log, most = 10, source, level, contains }) {
    const found = eventLog(log);
    return found.ok ? found.value.follow({ source, level, contains, most }) : found;
  },
});
