/**
 * Takes the output of runs: pieces that came within one tick are stored together, then told to whoever watches, and only
 * then does the agent get credit for more. So a slow disk slows the program that writes, and memory stays bounded by the
 * credit of the streams and by `limits.maxOutputWaitingBytes` for all of one agent.
 */
import { limits } from '../../protocol/limits.ts';
import { success } from '../../protocol/outcome.ts';
import type { SessionStream } from '../../protocol/session/stream.ts';
import type { Bus } from '../bus/bus.ts';
import { appendOutput, keptBytes, outputChannels, restartOutput } from '../store/outputs.ts';
import type { OutputChannel, OutputPiece, RunId } from '../store/outputs.ts';
import type { Store } from '../store/store.ts';

type Needs = {
  readonly store: Store;
  readonly bus: Bus;
  /** All of a run's output is stored. Its report may have come before: messages overtake output. */
  readonly ended: (run: RunId) => void;
};
type Ends = Record<OutputChannel, number>;

export class OutputIntake {
  readonly #needs: Needs;
  /** Bytes that wait for the disk, by agent. */
  readonly #waiting = new Map<string, number>();

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  /** Reads an output stream to its end. A run that is not this agent's is reset. Of a standing directive the output of the newest firing is kept. */
  async accept(run: RunId, stream: SessionStream, isFiring = false): Promise<void> {
    const ends = isFiring ? await this.#restart(run) : await keptBytes(this.#needs.store.read, run);
    if (ends === undefined) return stream.reset('no-such-directive');
    const reader = new RunReader(this.#needs, { run, stream, ends, isFiring, waiting: this.#waiting });
    stream.listen({ data: (chunk) => reader.data(chunk), ended: () => reader.end(), reset() {}, drained() {} });
  }

  async #restart(run: RunId): Promise<Ends | undefined> {
    const restarted = await this.#needs.store.write(async (tx) => success(await restartOutput(tx, run)));
    return restarted.ok && restarted.value ? { stdout: 0, stderr: 0 } : undefined;
  }
}

type Reading = { readonly run: RunId; readonly stream: SessionStream; readonly ends: Ends; readonly isFiring: boolean; readonly waiting: Map<string, number> };

class RunReader {
  readonly #needs: Needs;
  readonly #reading: Reading;
  #pieces: OutputPiece[] = [];
  #bytes = 0;
  #isStoring = false;
  #isEnded = false;

  constructor(needs: Needs, reading: Reading) {
    this.#needs = needs;
    this.#reading = reading;
  }

  /** One byte for the channel, then what was written to it. */
  data(chunk: Uint8Array): void {
    const { run, stream, waiting } = this.#reading;
    const channel = channelOf(chunk[0]);
    const held = (waiting.get(run.agentId) ?? 0) + chunk.byteLength;
    if (channel === undefined) return stream.reset('message-malformed');
    if (held > limits.maxOutputWaitingBytes) return stream.reset('overrun');
    waiting.set(run.agentId, held);
    this.#bytes += chunk.byteLength;
    this.#keep(channel, chunk.subarray(1));
    if (!this.#isStoring) void this.#store();
  }

  end(): void {
    this.#isEnded = true;
    if (!this.#isStoring) this.#needs.ended(this.#reading.run);
  }

  /** What is beyond the bound is counted by the agent's report and not kept. */
  #keep(channel: OutputChannel, written: Uint8Array): void {
    const { ends } = this.#reading;
    const bytes = written.slice(0, Math.max(0, limits.maxOutputBytes - ends[channel]));
    if (bytes.byteLength === 0) return;
    this.#pieces.push({ channel, offset: ends[channel], bytes });
    ends[channel] += bytes.byteLength;
  }

  async #store(): Promise<void> {
    this.#isStoring = true;
    while (this.#bytes > 0) {
      const [pieces, bytes] = [this.#pieces, this.#bytes];
      [this.#pieces, this.#bytes] = [[], 0];
      await this.#commit(pieces, bytes);
    }
    this.#isStoring = false;
    if (this.#isEnded) this.#needs.ended(this.#reading.run);
  }

  async #commit(pieces: readonly OutputPiece[], bytes: number): Promise<void> {
    const { run, stream, isFiring, waiting } = this.#reading;
    const stored = await this.#needs.store.write(async (tx) => success(await appendOutput(tx, run, pieces)));
    const left = (waiting.get(run.agentId) ?? 0) - bytes;
    if (left > 0) waiting.set(run.agentId, left);
    else waiting.delete(run.agentId);
    if (!stored.ok) return stream.reset(stored.code);
    stream.take(bytes);
    // who watches a standing directive follows one output, not one after the other
    if (!isFiring) for (const piece of pieces) this.#needs.bus.publish('output-kept', { ...run, piece });
  }
}

function channelOf(byte: number | undefined): OutputChannel | undefined {
  if (byte === outputChannels.stdout) return 'stdout';
  return byte === outputChannels.stderr ? 'stderr' : undefined;
}
