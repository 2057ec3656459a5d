/**
 * The value of a variable by reference, to see what a procedure would find.
 */
import { Type } from 'typebox';
import { success } from '../../../protocol/outcome.ts';
import { VariableReference } from '../../../protocol/variable.ts';
import { defineAgentPrimitive } from '../agent-primitive.ts';
import { resolveVariable } from './resolve.ts';

export const variableGet = defineAgentPrimitive({
  name: 'variable.get',
  title: 'Value of a variable',
  description: 'Looks up a value as a procedure would: the content of a text file, the path of a directory, a variable of the environment, a value of the registry, or what a command writes.',
  // a command may do anything
  risk: 'control',
  streams: 'none',
  platforms: ['linux', 'win32', 'darwin'],
  params: VariableReference,
  result: Type.Object({ value: Type.String({ title: 'Value', description: 'The value that was found.' }) }, { additionalProperties: false }),
  run: async (reference, context) => {
    const found = await resolveVariable(reference, context);
    return found.ok ? success({ value: found.value }) : found;
  },
});
