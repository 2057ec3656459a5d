import type { RawChannel } from '@novnc/novnc';
import type { TunnelConnection } from '../../../protocol/tunnel/connection.ts';

const states = { open: 1, closed: 3 } as const;

/** A connection in a tunnel that stands, with the face of a WebSocket (WHATWG): what noVNC speaks through. */
export class ChannelSocket implements RawChannel {
  binaryType = 'arraybuffer';
  readonly protocol = '';
  readyState: number = states.open;
  onopen: RawChannel['onopen'] = null;
  onmessage: RawChannel['onmessage'] = null;
  onclose: RawChannel['onclose'] = null;
  onerror: RawChannel['onerror'] = null;
  readonly #connection: TunnelConnection;

  /** `broken`: it ended other than by us; `code` says why. */
  constructor(connection: TunnelConnection, broken: (code: string) => void) {
    this.#connection = connection;
    connection.listen({
      data: (bytes) => {
        // a copy: its buffer holds nothing else
        this.onmessage?.({ data: bytes.slice().buffer as ArrayBuffer });
        connection.take(bytes.byteLength);
      },
      drained: () => undefined,
      ended: () => this.#over(() => broken('connection-lost')),
      reset: (code) => this.#over(() => broken(code)),
    });
  }

  /** Keys and pointer are few bytes: what has no room yet waits in the connection. */
  send(bytes: Uint8Array): void {
    if (this.readyState === states.open) this.#connection.write(bytes.slice());
  }

  close(): void {
    this.#over(() => this.#connection.end());
  }

  #over(act: () => void): void {
    if (this.readyState === states.closed) return;
    this.readyState = states.closed;
    act();
    this.onclose?.({});
  }
}
