/**
 * Gives its text back: shows that the whole way to the machine works, and how fast.
 */
import { Type } from 'typebox';
import { success } from '../../../protocol/outcome.ts';
import { defineAgentPrimitive } from '../agent-primitive.ts';

export const echo = defineAgentPrimitive({
  name: 'agent.echo',
  title: 'Echo',
  description: 'Returns the text it was given. Shows that the whole way to the machine and back works, and how long it takes.',
  risk: 'read',
  streams: 'none',
  platforms: ['linux', 'win32', 'darwin'],
  params: Type.Object({ text: Type.String({ title: 'Text', description: 'What comes back.', default: '', maxLength: 65_536 }) }, { additionalProperties: false }),
  result: Type.Object({ text: Type.String({ title: 'Text', description: 'The text that was given.' }) }, { additionalProperties: false }),
  run: async ({ text }) => success({ text }),
});
