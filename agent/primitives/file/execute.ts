/**
 * A file that is on the machine already; nothing is looked up in the PATH.
 */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import { ProgramExit } from '../../execution/program.ts';
import type { Program } from '../../execution/program.ts';
import { runnableFailure } from '../../execution/spawn-failure.ts';
import { defineAgentPrimitive } from '../agent-primitive.ts';
import { argumentsParameter, programParameters } from '../parameters.ts';

const params = Type.Object(
  {
    path: Type.String({ title: 'File', description: 'Absolute path of an ordinary file that is marked as runnable: a program or a script.', format: 'path', pattern: '^/[^\\u0000]*$', maxLength: 4096 }),
    args: argumentsParameter,
    ...programParameters,
  },
  { additionalProperties: false },
);

export const fileExecute = defineAgentPrimitive({
  name: 'file.execute',
  title: 'Run a file',
  description: 'Starts a file that is on the machine, which must exist and be an ordinary runnable file. Its output is shown while it runs; an exit code other than 0 counts as failed.',
  risk: 'control',
  streams: 'live',
  platforms: ['linux', 'darwin'],
  params,
  result: ProgramExit,
  program: programOf,
});

function programOf(given: Static<typeof params>): Outcome<Program> {
  const { path: file, args = [], ...rest } = given;
  return runnableFailure(file) ?? success({ ...rest, file, args });
}
