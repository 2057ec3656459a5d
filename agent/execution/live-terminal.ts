/**
 * A program on a pseudo-terminal. The library is loaded with the first terminal, not with the agent.
 */
import type { IPty } from 'node-pty';
import { failure, success } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import type { RunOutcome } from '../../protocol/primitive.ts';
import { environmentOf, exitOutcome } from './children.ts';
import type { ChildTiming } from './children.ts';
import { signalGroup } from './live-process.ts';
import type { LiveProcess, OutputListener } from './live-process.ts';
import { endTree } from './process-tree.ts';
import { signalName } from './program.ts';
import type { Program, TerminalSize } from './program.ts';
import { programFailure } from './spawn-failure.ts';

/** Starts a program on a terminal of `size`. */
export async function startOnTerminal(program: Program, directiveId: string, on: { output: OutputListener; size: TerminalSize; timing: ChildTiming }): Promise<Outcome<LiveProcess>> {
  const environment = environmentOf(program, directiveId);
  const wrong = programFailure(program, environment['PATH'] ?? '');
  if (wrong !== undefined) return wrong;
  try {
    const pty = await import('node-pty');
    const terminal = pty.spawn(program.file, [...program.args], {
      name: 'xterm-256color',
      cols: on.size.columns,
      rows: on.size.rows,
      cwd: program.workingDirectory ?? process.cwd(),
      env: environment,
      encoding: null,
    });
    return success(facade(terminal, directiveId, on));
  } catch (error) {
    return failure('no-terminal', error instanceof Error ? error.message : 'the pseudo-terminal could not be opened');
  }
}

function facade(terminal: IPty, directiveId: string, { output, timing }: { output: OutputListener; timing: ChildTiming }): LiveProcess {
  let running = true;
  const leader = (): number | undefined => (running ? terminal.pid : undefined);
  terminal.onData((bytes) => output('stdout', bytes));
  const ended = new Promise<RunOutcome<unknown>>((resolve) => {
    terminal.onExit(({ exitCode, signal }) => {
      running = false;
      const name = signalName(signal);
      resolve(exitOutcome({ exitCode: name === null ? exitCode : null, signal: name }));
    });
  });
  return {
    write: (bytes, taken) => terminal._socket.write(bytes, taken),
    endInput: () => undefined,
    resize: ({ columns, rows }) => {
      if (running) terminal.resize(columns, rows);
    },
    signal: (name) => signalGroup(leader(), name),
    pause: () => terminal.pause(),
    resume: () => terminal.resume(),
    end: () => endTree({ directiveIds: [directiveId], groupLeader: leader }, { ...timing, polite: 'SIGHUP' }),
    ended,
  };
}
