/**
 * An interactive terminal. It lives in the agent's main thread, since it outlasts any one attachment.
 */
import { Type } from 'typebox';
import { success } from '../../../protocol/outcome.ts';
import { ProgramExit } from '../../execution/program.ts';
import { defineAgentPrimitive } from '../agent-primitive.ts';
import { argumentsParameter, programParameters, text } from '../parameters.ts';

const size = (title: string, description: string, byDefault: number) => Type.Optional(Type.Integer({ title, description, default: byDefault, minimum: 1, maximum: 1000 }));

export const terminalOpen = defineAgentPrimitive({
  name: 'terminal.open',
  title: 'Open a terminal',
  description: 'Opens an interactive terminal on the machine with the rights of the agent. It goes on when the connection is lost and can be taken up again; what is typed and shown is readable by nobody on the way.',
  risk: 'control',
  streams: 'live',
  platforms: ['linux', 'darwin'],
  params: Type.Object(
    {
      columns: size('Columns', 'Width of the terminal in characters.', 80),
      rows: size('Rows', 'Height of the terminal in lines.', 24),
      program: Type.Optional(Type.String({ ...text('Program', 'What runs in the terminal, by path or by name. Left out: the login shell of the account of the agent.', 4096), minLength: 1 })),
      args: argumentsParameter,
      workingDirectory: programParameters.workingDirectory,
      environment: programParameters.environment,
    },
    { additionalProperties: false },
  ),
  result: ProgramExit,
  program: ({ columns = 80, rows = 24, program = process.env['SHELL'] ?? '/bin/sh', args = [], ...rest }) =>
    success({ ...rest, file: program, args, terminal: { columns, rows } }),
});
