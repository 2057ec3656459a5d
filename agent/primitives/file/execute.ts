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
import { argumentsParameter, pathParameter, programParameters } from '../parameters.ts';
import { windowsFile } from '../windows-command.ts';

const params = Type.Object(
  {
    path: pathParameter('File', 'Absolute path of an ordinary file that is marked as runnable: a program or a script. On Windows a program, .cmd, .bat or .ps1.'),
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
  platforms: ['linux', 'win32', 'darwin'],
  params,
  result: ProgramExit,
  program: programOf,
});

function programOf(given: Static<typeof params>): Outcome<Program> {
  const { path: file, args = [], ...rest } = given;
  const started = process.platform === 'win32' ? windowsFile(file, args) : success({ file, args });
  return runnableFailure(file) ?? (started.ok ? success({ ...rest, ...started.value }) : started);
}
