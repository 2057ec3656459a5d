/**
 * A command line, through the shell.
 */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { success } from '../../../protocol/outcome.ts';
import { ProgramExit } from '../../execution/program.ts';
import type { Program } from '../../execution/program.ts';
import { defineAgentPrimitive } from '../agent-primitive.ts';
import { programParameters, text } from '../parameters.ts';

const params = Type.Object(
  {
    command: Type.String({ ...text('Command', 'One line or a whole script for the shell, with its expansions, pipes and redirections.', 131_072), format: 'multiline', minLength: 1 }),
    ...programParameters,
    shell: Type.Optional(Type.String({ ...text('Shell', 'Program that understands -c, by path or by name.', 4096), default: '/bin/sh', minLength: 1 })),
  },
  { additionalProperties: false },
);

export const shellExecute = defineAgentPrimitive({
  name: 'shell.execute',
  title: 'Run a shell command',
  description: 'Runs a command in the shell of the machine with the rights of the agent. Its output is shown while it runs; an exit code other than 0 counts as failed.',
  risk: 'control',
  streams: 'live',
  platforms: ['linux', 'darwin'],
  params,
  result: ProgramExit,
  program: (given) => success(shellProgram(given)),
});

function shellProgram(given: Static<typeof params>): Program {
  const { command, shell = '/bin/sh', ...program } = given;
  return { ...program, file: shell, args: ['-c', command] };
}
