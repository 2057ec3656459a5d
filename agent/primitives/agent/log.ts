/**
 * What the agent has logged of itself.
 */
import { Type } from 'typebox';
import { success } from '../../../protocol/outcome.ts';
import type { AgentPrimitive } from '../agent-primitive.ts';
import { defineAgentPrimitive } from '../agent-primitive.ts';
import { EventPageResult, pageResult } from '../event-log/page-result.ts';
import { levels } from '../event-log/event-log.ts';
import { readRotatedFile } from '../event-log/rotated-file.ts';
import { text } from '../parameters.ts';
import { mostRows } from '../rows.ts';
import { parseLogLine } from './log-line.ts';
import type { AgentSelf } from './self.ts';

export function logPrimitive(self: AgentSelf): AgentPrimitive {
  return defineAgentPrimitive({
    name: 'agent.log',
    title: 'Log of the agent',
    description: 'What the agent has logged of itself, also before it was started last; the newest, or what came after an earlier answer.',
    risk: 'read',
    streams: 'none',
    platforms: ['linux', 'win32', 'darwin'],
    params: Type.Object(
      {
        level: Type.Optional(Type.Enum(levels, { title: 'Level', description: 'Only this grave or graver.' })),
        contains: Type.Optional(text('Contains', 'Only those with this in their message; capital or small letters.', 1024)),
        cursor: Type.Optional(Type.String({ ...text('Go on after', 'The cursor of an earlier answer: only what came after it, oldest first. Left out: the newest.', 1024), minLength: 1 })),
        most: mostRows(200),
      },
      { additionalProperties: false },
    ),
    result: EventPageResult,
    place: 'main',
    run: async ({ most = 200, ...query }, context) => {
      const page = await readRotatedFile(self.logPath, parseLogLine, { ...query, most }, context);
      return page.ok ? success(pageResult(page.value, query.cursor !== undefined)) : page;
    },
  });
}
