/**
 * What every command is given, and how its outcome becomes an exit code.
 */
import type { Command } from 'commander';
import type { Outcome } from '../../protocol/outcome.ts';
import { connect, signIn } from './connection.ts';
import type { Connection, SignedInProfile, Tools } from './connection.ts';
import type { Io } from './io.ts';
import { settingsFrom } from './profile.ts';
import type { Settings } from './profile.ts';

export type Toolkit = Tools & {
  readonly io: Io;
  readonly environment: NodeJS.ProcessEnv;
};

/** What a command gives back: its exit code, or why it could not do its work. */
export type CommandEnd = Outcome<number>;

/** Exit codes that scripts may trust; `exec` and `shell` pass the program's own through. */
export const exitCodes = { done: 0, failed: 1, usage: 2, interrupted: 130, ownFailure: 255 } as const;

/** `--profile`, `--data` and the environment, wherever on the line they stood. */
export function settingsOf(toolkit: Toolkit, command: Command): Settings {
  return settingsFrom(command.optsWithGlobals(), toolkit.environment);
}

/** Runs a command's work and sets the exit code of the process; a failure is written to standard error. */
export async function conclude(toolkit: Toolkit, work: Promise<CommandEnd>, codeOfFailure: number = exitCodes.failed): Promise<void> {
  const keepAlive = setInterval(() => {}, 2 ** 30);
  const end = await work;
  clearInterval(keepAlive);
  if (!end.ok) toolkit.io.fail(end);
  process.exitCode = end.ok ? end.value : codeOfFailure;
}

/** For commands that need REST only. */
export async function withSignIn(toolkit: Toolkit, command: Command, work: (profile: SignedInProfile) => Promise<CommandEnd>): Promise<CommandEnd> {
  const signedIn = await signIn(settingsOf(toolkit, command));
  return signedIn.ok ? work(signedIn.value) : signedIn;
}

/** For commands that need machines or directives. */
export async function withConnection(toolkit: Toolkit, command: Command, work: (connection: Connection) => Promise<CommandEnd>): Promise<CommandEnd> {
  const connection = await connect(settingsOf(toolkit, command), toolkit);
  if (!connection.ok) return connection;
  try {
    return await work(connection.value);
  } finally {
    connection.value.close();
  }
}
