/** Two transports joined in memory, for every test that needs a path without a network. */
import { limits } from '../../protocol/limits.ts';
import type { Transport, TransportClosed, TransportHandlers } from '../../protocol/transport.ts';

export type Direction = 'toIntermediary' | 'toAgent';

/** Sees every frame as it arrives; gives it on, altered or not, or `undefined` to drop it. */
export type Tap = (frame: Uint8Array, direction: Direction) => Uint8Array | undefined;

export type MemoryPair = {
  readonly agent: Transport;
  readonly intermediary: Transport;
  /** Loses the connection: what is under way is gone, both ends see `connection-lost`. */
  cut(): void;
};

class MemoryEnd implements Transport {
  readonly name = 'wss';
  readonly remoteAddress: string;
  readonly #arrives: (frame: Uint8Array) => Uint8Array | undefined;
  #peer: MemoryEnd | undefined;
  #handlers: TransportHandlers | undefined;
  #incoming: Uint8Array[] = [];
  #incomingBytes = 0;
  #senderWaits = false;
  #reason: TransportClosed | undefined;
  #isScheduled = false;
  #isEnded = false;

  constructor(remoteAddress: string, arrives: (frame: Uint8Array) => Uint8Array | undefined) {
    this.remoteAddress = remoteAddress;
    this.#arrives = arrives;
  }

  join(peer: MemoryEnd): void {
    this.#peer = peer;
  }

  listen(handlers: TransportHandlers): void {
    this.#handlers = handlers;
    this.#schedule();
  }

  send(frame: Uint8Array): boolean {
    if (this.#reason || !this.#peer) return false;
    if (frame.length <= limits.maxFrameBytes) return this.#peer.#accept(frame.slice());
    this.#peer.finish({ code: 'frame-too-large', detail: `a frame of ${frame.length} bytes` });
    this.finish({ code: 'frame-too-large', detail: `a frame of ${frame.length} bytes` });
    return false;
  }

  close(): void {
    this.#peer?.finish({ code: 'closed', detail: 'the other side closed' });
    this.finish({ code: 'closed', detail: 'this side closed' });
  }

  /** Ends this side once what has already arrived is delivered. */
  finish(reason: TransportClosed): void {
    this.#reason ??= reason;
    this.#schedule();
  }

  /** Ends this side at once. */
  lose(): void {
    this.#incoming = [];
    this.finish({ code: 'connection-lost', detail: 'cut' });
  }

  #accept(frame: Uint8Array): boolean {
    if (this.#reason) return true;
    if (!this.#handlers && this.#incoming.length >= limits.maxHeldFrames) {
      this.#peer?.finish({ code: 'overrun', detail: 'nobody listens' });
      this.finish({ code: 'overrun', detail: 'nobody listens' });
      return false;
    }
    this.#incoming.push(frame);
    this.#incomingBytes += frame.length;
    this.#schedule();
    this.#senderWaits ||= this.#incomingBytes > limits.transportHighWaterBytes;
    return !this.#senderWaits;
  }

  #schedule(): void {
    if (this.#isScheduled || this.#isEnded || !this.#handlers) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      this.#deliver();
    });
  }

  /** One frame, or the end. */
  #deliver(): void {
    const frame = this.#incoming.shift();
    if (frame) {
      this.#incomingBytes -= frame.length;
      const arrived = this.#arrives(frame);
      if (arrived) this.#handlers?.frame(arrived);
      this.#releaseSender();
      this.#schedule();
    } else if (this.#reason) {
      this.#isEnded = true;
      this.#handlers?.closed(this.#reason);
    }
  }

  #releaseSender(): void {
    if (!this.#senderWaits || this.#incoming.length > 0) return;
    this.#senderWaits = false;
    if (this.#peer && !this.#peer.#reason) this.#peer.#handlers?.drained();
  }
}

/** An open pair. `agent` is the agent's end, `intermediary` the intermediary's. */
export function memoryTransports(tap: Tap = (frame) => frame): MemoryPair {
  const agent = new MemoryEnd('192.0.2.1:443', (frame) => tap(frame, 'toAgent'));
  const intermediary = new MemoryEnd('192.0.2.7:40112', (frame) => tap(frame, 'toIntermediary'));
  agent.join(intermediary);
  intermediary.join(agent);
  const cut = (): void => {
    agent.lose();
    intermediary.lose();
  };
  return { agent, intermediary, cut };
}
