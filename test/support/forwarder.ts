/** A name by which something else is reached: bytes in, bytes out. Closing it cuts what goes through. */
import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';

export class Forwarder {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Connections so far. */
  taken = 0;
  /** Where everything goes. */
  target = 0;

  private constructor() {
    this.#server = createServer((from) => {
      this.taken += 1;
      const to = connect(this.target, '127.0.0.1');
      for (const socket of [from, to]) {
        this.#sockets.add(socket);
        socket.on('error', () => socket.destroy());
        socket.on('close', () => {
          this.#sockets.delete(socket);
          from.destroy();
          to.destroy();
        });
      }
      from.pipe(to).pipe(from);
    });
  }

  static async open(): Promise<Forwarder> {
    const forwarder = new Forwarder();
    await new Promise<void>((resolve) => forwarder.#server.listen(0, '127.0.0.1', resolve));
    return forwarder;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve));
  }
}
