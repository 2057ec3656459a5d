/**
 * A command line, through the shell.
 */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import { ProgramExit } from '../../execution/program.ts';
import type { Program } from '../../execution/program.ts';
import { defineAgentPrimitive } from '../agent-primitive.ts';
import { programParameters, text } from '../parameters.ts';
import { cmdProgram, powerShellProgram } from '../windows-command.ts';

const params = Type.Object(
  {
    command: Type.String({ ...text('Command', 'One line or a whole script for the shell, with its expansions, pipes and redirections. cmd.exe takes one line only.', 131_072), format: 'multiline', minLength: 1 }),
    ...programParameters,
    shell: Type.Optional(Type.String({ ...text('Shell', 'Program that understands -c, cmd.exe, powershell.exe or pwsh, by path or by name. Left out: /bin/sh; on Windows cmd.exe.', 4096), minLength: 1 })),
  },
  { additionalProperties: false },
);

export const shellExecute = defineAgentPrimitive({
  name: 'shell.execute',
  title: 'Run a shell command',
  description: 'Runs a command in the shell of the machine with the rights of the agent. Its output is shown while it runs; an exit code other than 0 counts as failed.',
  risk: 'control',
  streams: 'live',
  platforms: ['linux', 'win32', 'darwin'],
  params,
  result: ProgramExit,
  program: (given) => shellProgram(given, process.platform),
});

export function shellProgram(given: Static<typeof params>, platform: string): Outcome<Program> {
  const { command, shell = platform === 'win32' ? 'cmd.exe' : '/bin/sh', ...program } = given;
  const started = startOf(shell, command);
  return started.ok ? success({ ...program, ...started.value }) : started;
}

function startOf(shell: string, command: string): ReturnType<typeof cmdProgram> {
  const name = shell.slice(Math.max(shell.lastIndexOf('/'), shell.lastIndexOf('\\')) + 1).toLowerCase().replace(/\.exe$/, '');
  if (name === 'cmd') return cmdProgram(shell, command);
  if (name === 'powershell' || name === 'pwsh') return powerShellProgram(shell, command);
  return success({ file: shell, args: ['-c', command] });
}
