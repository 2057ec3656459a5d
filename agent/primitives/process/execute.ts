/**
 * A program with its arguments; no shell ever sees them.
 */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { success } from '../../../protocol/outcome.ts';
import { ProgramExit } from '../../execution/program.ts';
import type { Program } from '../../execution/program.ts';
import { defineAgentPrimitive } from '../agent-primitive.ts';
import { argumentsParameter, programParameters, text } from '../parameters.ts';

const params = Type.Object(
  {
    program: Type.String({ ...text('Program', 'Name, looked up in the PATH of the agent, or a path.', 4096), minLength: 1 }),
    args: argumentsParameter,
    ...programParameters,
  },
  { additionalProperties: false },
);

export const processExecute = defineAgentPrimitive({
  name: 'process.execute',
  title: 'Run a program',
  description: 'Starts a program with exactly these arguments, without a shell, and returns how it ended. Its output is shown while it runs; an exit code other than 0 counts as failed.',
  risk: 'control',
  streams: 'live',
  platforms: ['linux', 'win32', 'darwin'],
  params,
  result: ProgramExit,
  program: (given) => success(programOf(given)),
});

function programOf(given: Static<typeof params>): Program {
  const { program: file, args = [], ...rest } = given;
  return { ...rest, file, args };
}
