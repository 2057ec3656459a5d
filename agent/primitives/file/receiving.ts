/**
 * A file that is written, behind a live stream: what the console sends goes to the disk in order, and it is told that there is room for more when
 * it has gone there.
 */
import type { LiveProcess, LiveStart } from '../../execution/live-process.ts';
import { aboutPiece, PieceReader } from '../../../protocol/files/pieces.ts';
import type { FilePiece } from '../../../protocol/files/pieces.ts';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import type { RunOutcome } from '../../../protocol/primitive.ts';
import type { Reception } from './reception.ts';
import { contained } from './sending.ts';

export function receivingProcess({ output }: LiveStart, reception: Reception): LiveProcess {
  const receiving = new Receiving(reception, output);
  return {
    write: (bytes, taken) => void receiving.after(() => receiving.take(bytes)).then(taken),
    endInput: () => void receiving.after(() => receiving.endEarly()),
    resize: () => undefined,
    signal: () => receiving.give(failure('cancelled', 'its console did not come back')),
    pause: () => undefined,
    resume: () => undefined,
    end: async () => {
      receiving.give(failure('cancelled', 'it was ended'));
      await receiving.ended;
    },
    ended: receiving.ended,
  };
}

class Receiving {
  readonly #reception: Reception;
  readonly #reader = new PieceReader();
  readonly #outcome = Promise.withResolvers<RunOutcome<unknown>>();
  #last: Promise<void>;
  #isOver = false;
  readonly ended: Promise<RunOutcome<unknown>>;

  constructor(reception: Reception, output: LiveStart['output']) {
    this.#reception = reception;
    this.#last = this.#guard(async () => {
      const from = await reception.begin();
      if (from.ok) output('stdout', aboutPiece({ from: from.value }));
      else this.give(from);
    });
    this.ended = this.#outcome.promise.finally(() => reception.close());
  }

  /** Acts after all before it. */
  after(act: () => Promise<void>): Promise<void> {
    this.#last = this.#last.then(() => this.#guard(act));
    return this.#last;
  }

  async take(bytes: Uint8Array): Promise<void> {
    for (const piece of this.#reader.read(bytes)) {
      if (this.#isOver) return;
      const taken = piece === 'malformed' ? failure('message-malformed', 'what came is no file') : await this.#takePiece(piece);
      if (!taken.ok) this.give(taken);
    }
  }

  async endEarly(): Promise<void> {
    this.give(failure('cancelled', 'the console ended it before all had come'));
  }

  /** The first one counts. */
  give(outcome: RunOutcome<unknown>): void {
    this.#isOver = true;
    this.#outcome.resolve(outcome);
  }

  async #takePiece(piece: FilePiece): Promise<Outcome<void>> {
    switch (piece.type) {
      case 'data': return this.#reception.data(piece.bytes);
      case 'zeros': return this.#reception.zeros(piece.length);
      case 'about': return failure('message-malformed', 'a file to be written has no beginning of its own');
      case 'end': {
        this.give(await this.#reception.finish(piece.digest));
        return success(undefined);
      }
    }
  }

  async #guard(act: () => Promise<void>): Promise<void> {
    if (this.#isOver) return;
    const crashed = await contained(act().then(() => success(undefined)));
    if (!crashed.ok) this.give(crashed);
  }
}
