/**
 * A deed of this family behind a live stream that only sends: a file, an archive. Held up while the console has enough.
 */
import type { LiveProcess, LiveStart, Serve } from '../../execution/live-process.ts';
import { maxLiveBytes } from '../../../protocol/live-stream.ts';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import type { RunOutcome } from '../../../protocol/primitive.ts';

export type Sender = {
  /** Aborted: it is to end. */
  readonly signal: AbortSignal;
  /** Sends bytes and resolves when more are wanted. They may be changed afterwards. */
  send(bytes: Uint8Array): Promise<void>;
};

/** What a deed does from beginning to end. */
export function serveSending(deed: (sender: Sender) => Promise<RunOutcome<unknown>>): Outcome<Serve> {
  return success(async ({ output }) => success(sendingProcess(output, deed)));
}

/** What a frame carries: little enough that a stream which is held up has room for it. */
const pieceBytes = maxLiveBytes;

function sendingProcess(output: LiveStart['output'], deed: (sender: Sender) => Promise<RunOutcome<unknown>>): LiveProcess {
  const gate = new Gate();
  const abort = new AbortController();
  const end = (): void => {
    abort.abort();
    gate.open();
  };
  const send: Sender['send'] = async (bytes) => {
    for (let from = 0; from < bytes.byteLength && !abort.signal.aborted; from += pieceBytes) {
      output('stdout', bytes.subarray(from, from + pieceBytes));
      await gate.passed;
    }
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
