/**
 * The agent's end of one child of the spawner: its pipes as streams, with the back-pressure of pipes.
 */
import { Readable, Writable } from 'node:stream';
import { unknownExit } from '../program.ts';
import type { ProgramExit } from '../program.ts';
import type { FromSpawner, ToSpawner } from './messages.ts';

/** Output is said to be taken in lots of this size, so that little output costs no answer at all. */
const takenLotBytes = 64 * 1024;

export class Child {
  readonly pid: number;
  readonly stdin: Writable;
  readonly stdout: OutputPipe;
  readonly stderr: OutputPipe;
  /** Resolves when it has been reaped. */
  readonly exited: Promise<ProgramExit>;
  /** Resolves when all its output has been read, too, or nobody will read it. */
  readonly closed: Promise<ProgramExit>;
  readonly #id: number;
  readonly #say: (message: ToSpawner) => void;
  readonly #exit = Promise.withResolvers<ProgramExit>();
  #hasExited = false;
  #inputTaken: (() => void) | undefined;

  constructor(id: number, pid: number, say: (message: ToSpawner) => void) {
    this.#id = id;
    this.pid = pid;
    this.#say = say;
    this.stdin = this.#makeInput();
    this.stdout = new OutputPipe((bytes) => say({ kind: 'taken', id, channel: 'stdout', bytes }));
    this.stderr = new OutputPipe((bytes) => say({ kind: 'taken', id, channel: 'stderr', bytes }));
    this.exited = this.#exit.promise;
    this.closed = Promise.all([this.exited, whenClosed(this.stdout), whenClosed(this.stderr)]).then(([exit]) => exit);
  }

  /** The leader of its process group while it has not been reaped; afterwards the number may be another's. */
  get leader(): number | undefined {
    return this.#hasExited ? undefined : this.pid;
  }

  /** Gives up what is still in its pipes. */
  drop(): void {
    this.stdout.destroy();
    this.stderr.destroy();
    this.#say({ kind: 'drop', id: this.#id });
  }

  hear(message: Exclude<FromSpawner, { kind: 'started' | 'failed' }>): void {
    if (message.kind === 'output') this[message.channel].receive(message.bytes);
    else if (message.kind === 'input-taken') this.#takeInput();
    else this.#end({ exitCode: message.exitCode, signal: message.signal }, message.kind === 'closed');
  }

  /** The spawner has ended. */
  lose(): void {
    this.#end(unknownExit, true);
  }

  #end(exit: ProgramExit, isClosed: boolean): void {
    this.#hasExited = true;
    this.#exit.resolve(exit);
    if (!isClosed) return;
    this.stdout.push(null);
    this.stderr.push(null);
    this.stdin.destroy();
    this.#takeInput();
  }

  #takeInput(): void {
    const taken = this.#inputTaken;
    this.#inputTaken = undefined;
    taken?.();
  }

  #makeInput(): Writable {
    return new Writable({
      write: (bytes: Uint8Array, _encoding, done) => {
        this.#inputTaken = done;
        this.#say({ kind: 'input', id: this.#id, bytes });
      },
      final: (done) => {
        this.#say({ kind: 'end-input', id: this.#id });
        done();
      },
    });
  }
}

/** One of its outputs. */
class OutputPipe extends Readable {
  readonly #taken: (bytes: number) => void;
  #untaken = 0;

  constructor(taken: (bytes: number) => void) {
    super({ highWaterMark: takenLotBytes });
    this.#taken = taken;
  }

  receive(bytes: Uint8Array): void {
    this.#untaken += bytes.byteLength;
    this.push(bytes);
  }

  /** Node asks for more when what came has been read. */
  override _read(): void {
    if (this.#untaken < takenLotBytes) return;
    this.#taken(this.#untaken);
    this.#untaken = 0;
  }
}

function whenClosed(stream: Readable): Promise<void> {
  return new Promise((resolve) => {
    stream.once('close', resolve);
  });
}
