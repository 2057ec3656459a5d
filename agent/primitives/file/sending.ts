/**
 * A deed of this family behind a live stream that only sends: a file, an archive. Held up while the console has enough.
 */
import type { LiveProcess, LiveStart, Serve } from '../../execution/live-process.ts';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import type { RunOutcome } from '../../../protocol/primitive.ts';

export type Sender = {
  /** Aborted: it is to end. */
  readonly signal: AbortSignal;
  /** Sends bytes, at most `limits.fileReadBytes` at once, and resolves when more are wanted. They may be changed afterwards. */
  send(bytes: Uint8Array): Promise<void>;
};

/** What a deed does from beginning to end. */
export function serveSending(deed: (sender: Sender) => Promise<RunOutcome<unknown>>): Outcome<Serve> {
  return success(async ({ output }) => success(sendingProcess(output, deed)));
}

function sendingProcess(output: LiveStart['output'], deed: (sender: Sender) => Promise<RunOutcome<unknown>>): LiveProcess {
  const gate = new Gate();
  const abort = new AbortController();
  const end = (): void => {
    abort.abort();
    gate.open();
  };
  const send: Sender['send'] = (bytes) => {
    output('stdout', bytes);
    return gate.passed;
  };
  const ended = contained(deed({ signal: abort.signal, send }));
  return {
    write: (_, taken) => taken(),
    endInput: () => undefined,
    resize: () => undefined,
    signal: end,
    pause: () => gate.close(),
    resume: () => gate.open(),
    end: async () => {
      end();
      await ended;
    },
    ended,
  };
}

/** In the agent's own thread nothing may be thrown past the run. */
export async function contained(deed: Promise<RunOutcome<unknown>>): Promise<RunOutcome<unknown>> {
  try {
    return await deed;
  } catch (error) {
    return failure('primitive-crashed', error instanceof Error ? error.message : String(error));
  }
}

class Gate {
  #closed: PromiseWithResolvers<void> | undefined;

  get passed(): Promise<void> {
    return this.#closed?.promise ?? Promise.resolve();
  }

  close(): void {
    this.#closed ??= Promise.withResolvers();
  }

  open(): void {
    this.#closed?.resolve();
    this.#closed = undefined;
  }
}
