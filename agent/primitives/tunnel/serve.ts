/**
 * The agent's end of a tunnel: for each connection that the console opens, one to the destination. The policy is asked
 * for each anew, so who loses the right opens no more.
 */
import type { Socket } from 'node:net';
import { limits } from '../../../protocol/limits.ts';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import type { RunOutcome } from '../../../protocol/primitive.ts';
import type { TunnelRule } from '../../../protocol/statements/policy.ts';
import type { TunnelConnection } from '../../../protocol/tunnel/connection.ts';
import { Tunnel } from '../../../protocol/tunnel/tunnel.ts';
import type { LiveProcess, LiveStart } from '../../execution/live-process.ts';
import { allowedAddresses, connect, connectFailure } from './destination.ts';
import type { Destination } from './destination.ts';

export type TunnelCounts = { connections: number; failed: number; sent: number; received: number };

/** Where tunnels of this person may lead at this moment. */
export type TunnelRules = (personId: string) => readonly TunnelRule[];

/** Opens the tunnel if it may lead there at all; what it leads to need not answer yet. */
export async function serveTunnel(destination: Destination, rules: TunnelRules, start: LiveStart): Promise<Outcome<LiveProcess>> {
  const asked = (): readonly TunnelRule[] => (start.personId === undefined ? [] : rules(start.personId));
  const allowed = await allowedAddresses(destination, asked());
  return allowed.ok ? success(new TunnelEnd(destination, asked, start.output)) : allowed;
}

class TunnelEnd implements LiveProcess {
  readonly ended: Promise<RunOutcome<TunnelCounts>>;
  readonly #destination: Destination;
  readonly #rules: () => readonly TunnelRule[];
  readonly #tunnel: Tunnel;
  readonly #output: (bytes: Uint8Array) => void;
  readonly #end: (outcome: RunOutcome<TunnelCounts>) => void;
  readonly #counts: TunnelCounts = { connections: 0, failed: 0, sent: 0, received: 0 };
  /** Those whose far end has room. */
  readonly #reading = new Set<Socket>();
  /** Frames that wait while the console does not keep up; no more than the windows of the connections. */
  readonly #held: Uint8Array[] = [];
  #paused = false;

  constructor(destination: Destination, rules: () => readonly TunnelRule[], output: LiveStart['output']) {
    const { promise, resolve } = Promise.withResolvers<RunOutcome<TunnelCounts>>();
    this.#destination = destination;
    this.#rules = rules;
    this.ended = promise;
    this.#end = resolve;
    this.#output = (bytes) => output('stdout', bytes);
    this.#tunnel = new Tunnel((bytes) => this.#send(bytes), { incoming: (connection) => void this.#connect(connection) });
    this.#tunnel.sayReady();
  }

  /** Input is dealt with at once: how much of it may be under way is a matter of each connection. */
  write(bytes: Uint8Array, taken: () => void): void {
    const fault = this.#tunnel.receive(bytes);
    if (fault !== undefined) this.#end(failure(fault, 'the console broke the rules of the tunnel'));
    else taken();
  }

  endInput(): void {
    this.#tunnel.close('cancelled');
    this.#end(success(this.#counts));
  }

  resize(): void {
    // there is no terminal
  }

  /** Nobody came back for too long, or the console asks. */
  signal(): void {
    this.endInput();
  }

  pause(): void {
    this.#paused = true;
    for (const socket of this.#reading) socket.pause();
  }

  resume(): void {
    this.#paused = false;
    // each piece may pause it again
    while (!this.#paused) {
      const frame = this.#held.shift();
      if (frame === undefined) break;
      this.#output(frame);
    }
    if (!this.#paused) for (const socket of this.#reading) socket.resume();
  }

  async end(): Promise<void> {
    this.endInput();
  }

  #send(bytes: Uint8Array): void {
    if (this.#paused) this.#held.push(bytes);
    else this.#output(bytes);
  }

  async #connect(connection: TunnelConnection): Promise<void> {
    this.#counts.connections += 1;
    const addresses = await allowedAddresses(this.#destination, this.#rules());
    if (connection.isOver) return;
    if (addresses.ok) this.#join(connection, connect(this.#destination, addresses.value));
    else {
      this.#counts.failed += 1;
      connection.reset(addresses.code);
    }
  }

  #join(connection: TunnelConnection, socket: Socket): void {
    let opened = false;
    this.#reading.add(socket);
    socket.setTimeout(limits.tunnelConnectMs, () => socket.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })));
    socket.on('connect', () => {
      opened = true;
      socket.setTimeout(0);
      connection.opened();
    });
    socket.on('data', (bytes: Uint8Array) => this.#read(connection, socket, bytes));
    socket.on('end', () => connection.end());
    socket.on('error', (error) => {
      if (!opened) this.#counts.failed += 1;
      connection.reset(connectFailure(error, this.#destination).code);
    });
    socket.on('close', () => this.#reading.delete(socket));
    connection.listen({
      data: (bytes) => this.#write(connection, socket, bytes),
      ended: () => socket.end(),
      drained: () => this.#readOn(socket),
      reset: () => socket.destroy(),
    });
    if (this.#paused) socket.pause();
  }

  #read(connection: TunnelConnection, socket: Socket, bytes: Uint8Array): void {
    this.#counts.received += bytes.byteLength;
    if (connection.write(bytes)) return;
    this.#reading.delete(socket);
    socket.pause();
  }

  #readOn(socket: Socket): void {
    if (socket.destroyed) return;
    this.#reading.add(socket);
    if (!this.#paused) socket.resume();
  }

  #write(connection: TunnelConnection, socket: Socket, bytes: Uint8Array): void {
    this.#counts.sent += bytes.byteLength;
    socket.write(bytes, () => connection.take(bytes.byteLength));
  }
}
