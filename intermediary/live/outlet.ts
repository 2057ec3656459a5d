/**
 * The way out to one console. A console that reads slower than news come is never buffered for beyond
 * `limits.liveHighWaterBytes`: who writes asks whether it is full and goes on when there is room.
 */
import type { WebSocket } from 'ws';
import { limits } from '../../protocol/limits.ts';
import { encodeMessage } from '../../protocol/messages/codec.ts';
import type { ToConsole } from '../../protocol/messages/live.ts';

export class Outlet {
  readonly #socket: WebSocket;
  readonly #waiting = new Set<() => void>();

  constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  get isFull(): boolean {
    return this.#socket.bufferedAmount > limits.liveHighWaterBytes;
  }

  /** Sends, full or not. A console that makes others answer and reads nothing is cut off. */
  send(message: ToConsole): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#socket.bufferedAmount > 4 * limits.liveHighWaterBytes) return this.#socket.terminate();
    this.#socket.send(encodeMessage(message), { binary: true }, () => this.#left());
  }

  /** Calls `task` once when there is room again. */
  whenRoom(task: () => void): void {
    this.#waiting.add(task);
  }

  /** Waits until there is room; false when the console is gone. */
  async room(): Promise<boolean> {
    if (this.isFull) await new Promise<void>((resolve) => this.whenRoom(resolve));
    return this.#socket.readyState === this.#socket.OPEN;
  }

  /** The socket is closed: lets go of all who wait. */
  closed(): void {
    this.#wake();
  }

  #left(): void {
    if (this.#waiting.size > 0 && this.#socket.bufferedAmount < limits.liveHighWaterBytes / 2) this.#wake();
  }

  #wake(): void {
    const tasks = [...this.#waiting];
    this.#waiting.clear();
    for (const task of tasks) task();
  }
}
