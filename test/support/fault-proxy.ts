/**
 * A path that misbehaves: a TCP relay in this process, in front of one target, that cuts, delays, holds back and drops as a
 * test tells it. `faults` may be changed at any time and holds for everything that passes from then on.
 *
 * It sees bytes, not TLS: what it does to HTTP (`buffersAnswers`, `upgrade`) it can do only to plain HTTP.
 */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Owner } from './owner.ts';

export type Way = 'toServer' | 'toClient';

export type Faults = {
  /** Cuts, once, the connection over which this byte (counted from 0, over all connections of the proxy) would have passed. */
  cutAt?: { readonly way: Way; readonly byte: number; readonly by: 'reset' | 'end' } | undefined;
  /** Cuts a connection over which nothing passed for so long. */
  idleMs?: number;
  /** Cuts a connection that is older. */
  lifeMs?: number;
  /** Each piece passes so much later; the next one is read after that. */
  delayMs?: number;
  bytesPerSecond?: number;
  /** Passes nothing on and says nothing: the connections stand, half-open. */
  isSilent?: boolean;
  /** New connections are refused. */
  isClosed?: boolean;
  /** Holds each HTTP answer until it is whole; one without a length, until its connection ends. */
  buffersAnswers?: boolean;
  /** An HTTP request with `upgrade` is answered 403, or passes without its upgrade. */
  upgrade?: 'refused' | 'stripped';
  /** An HTTP request that has no answer after so long is answered 504. */
  answerWithinMs?: number;
  /** A firewall that looks inside: a connection that begins as something else is cut. */
  letsThrough?: readonly Opening[];
};

/** What a connection begins with: a TLS record, an HTTP method, or neither. */
export type Opening = 'tls' | 'http' | 'raw';

export type Place = { readonly host: string; readonly port: number };

type Link = { readonly client: Socket; readonly server: Socket; /** Until the request that is under way is answered for the server. */ patience?: NodeJS.Timeout | undefined };

export class FaultProxy {
  readonly port: number;
  faults: Faults;
  /** Bytes that have passed. */
  readonly passed: Record<Way, number> = { toServer: 0, toClient: 0 };
  /** Connections that came, and those that this proxy cut. */
  connections = 0;
  cuts = 0;
  /** Told everything that passes. */
  seen: (piece: Uint8Array) => void = () => undefined;
  readonly #links = new Set<Link>();
  readonly #target: Place;
  #held: PromiseWithResolvers<void> | undefined;

  private constructor(server: Server, target: Place, faults: Faults) {
    this.port = (server.address() as AddressInfo).port;
    this.#target = target;
    this.faults = faults;
    server.on('connection', (client) => this.#accept(client));
  }

  /** Opens one on loopback, or elsewhere, in front of a port of the loopback, or another; it is closed with its owner, the test. */
  static async open(t: Owner, target: number | Place, faults: Faults = {}, at: Place = { host: '127.0.0.1', port: 0 }): Promise<FaultProxy> {
    const server = createServer({ allowHalfOpen: true, noDelay: true }).listen(at.port, at.host);
    await once(server, 'listening');
    const proxy = new FaultProxy(server, typeof target === 'number' ? { host: '127.0.0.1', port: target } : target, faults);
    t.teardown(() => {
      proxy.release();
      proxy.cutAll();
      server.close();
    });
    return proxy;
  }

  /** Cuts every connection there is. */
  cutAll(by: 'reset' | 'end' = 'reset'): void {
    for (const link of this.#links) this.#cut(link, by);
  }

  /** Cuts everything and lets nothing new come to be. */
  break(): void {
    this.faults = { ...this.faults, isClosed: true };
    this.cutAll();
  }

  /** Nothing is read any more, in either direction, until `release`. */
  hold(): void {
    this.#held ??= Promise.withResolvers();
  }

  release(): void {
    this.#held?.resolve();
    this.#held = undefined;
  }

  /** Puts bytes of the test's own on every connection. */
  inject(way: Way, bytes: Uint8Array): void {
    for (const { client, server } of this.#links) (way === 'toServer' ? server : client).write(bytes);
  }

  #accept(client: Socket): void {
    this.connections += 1;
    if (this.faults.isClosed === true) {
      client.resetAndDestroy();
      return;
    }
    const server = connect({ ...this.#target, allowHalfOpen: true, noDelay: true });
    const link: Link = { client, server };
    this.#links.add(link);
    const over = (): void => {
      clearTimeout(link.patience);
      this.#links.delete(link);
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) {
      socket.on('error', over).on('close', over);
      if (this.faults.idleMs !== undefined) socket.setTimeout(this.faults.idleMs, () => this.#cut(link, 'end'));
    }
    if (this.faults.lifeMs !== undefined) setTimeout(() => this.#cut(link, 'end'), this.faults.lifeMs).unref();
    void this.#pass(link, 'toServer');
    void this.#pass(link, 'toClient');
  }

  #cut(link: Link, by: 'reset' | 'end'): void {
    if (!this.#links.delete(link)) return;
    this.cuts += 1;
    for (const socket of [link.client, link.server]) {
      if (by === 'reset') socket.resetAndDestroy();
      else socket.destroySoon();
    }
  }

  async #pass(link: Link, way: Way): Promise<void> {
    const [from, to] = way === 'toServer' ? [link.client, link.server] : [link.server, link.client];
    const hold = way === 'toClient' ? new AnswerHold() : undefined;
    let isFirst = way === 'toServer';
    try {
      for await (const piece of from) {
        if (isFirst && !(this.faults.letsThrough?.includes(openingOf(piece)) ?? true)) return this.#cut(link, 'reset');
        isFirst = false;
        if (!(await this.#passPiece(link, way, hold !== undefined && this.faults.buffersAnswers === true ? hold.take(piece) : piece))) return;
      }
      if (hold !== undefined && hold.rest.byteLength > 0) to.write(hold.rest);
      to.end();
    } catch {
      // it was cut, from here or from there, and both ends know
    }
  }

  /** False: that was the end. */
  async #passPiece(link: Link, way: Way, piece: Buffer): Promise<boolean> {
    this.#watchAnswer(link, way);
    const { delayMs, bytesPerSecond } = this.faults;
    if (delayMs !== undefined) await sleep(delayMs, undefined, { ref: false });
    if (bytesPerSecond !== undefined) await sleep((piece.byteLength / bytesPerSecond) * 1000, undefined, { ref: false });
    await this.#held?.promise;
    if (this.faults.isSilent === true || piece.byteLength === 0) return true;
    const to = way === 'toServer' ? link.server : link.client;
    const allowed = way === 'toServer' ? this.#judgeRequest(link, piece) : piece;
    if (allowed === undefined) return false;
    const { cutAt } = this.faults;
    const isLast = cutAt?.way === way && this.passed[way] + allowed.byteLength > cutAt.byte;
    const last = isLast ? allowed.subarray(0, cutAt.byte - this.passed[way]) : allowed;
    this.passed[way] += last.byteLength;
    this.seen(last);
    if (isLast) this.faults = { ...this.faults, cutAt: undefined };
    const hasRoom = to.write(last);
    if (isLast) {
      // what has passed has passed: a reset must not overtake it
      await new Promise((resolve) => to.write('', resolve));
      this.#cut(link, cutAt.by);
    } else if (!hasRoom) await Promise.race([once(to, 'drain'), once(to, 'close')]);
    return !isLast;
  }

  #watchAnswer(link: Link, way: Way): void {
    const { answerWithinMs } = this.faults;
    clearTimeout(link.patience);
    if (way === 'toClient' || answerWithinMs === undefined) return;
    link.patience = setTimeout(() => {
      link.client.end('HTTP/1.1 504 Gateway Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
      link.server.destroy();
    }, answerWithinMs).unref();
  }

  #judgeRequest({ client }: Link, piece: Buffer): Buffer | undefined {
    const { upgrade } = this.faults;
    const head = piece.toString('latin1');
    if (upgrade === undefined || !/^[A-Z]+ .*\r\n/.test(head) || !/\r\nupgrade:/i.test(head)) return piece;
    if (upgrade === 'stripped') return Buffer.from(head.replace(/\r\nupgrade:[^\r]*/i, '').replace(/\r\nconnection:[^\r]*/i, '\r\nConnection: close'), 'latin1');
    client.end('HTTP/1.1 403 Forbidden\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
    return undefined;
  }
}

function openingOf(piece: Buffer): Opening {
  if (piece[0] === 0x16) return 'tls';
  return /^[A-Z]+ /.test(piece.toString('latin1', 0, 10)) ? 'http' : 'raw';
}

/** Collects HTTP answers and gives each when it is whole. */
class AnswerHold {
  rest: Buffer = Buffer.alloc(0);

  take(piece: Buffer): Buffer {
    this.rest = Buffer.concat([this.rest, piece]);
    const whole: Buffer[] = [];
    for (let length = this.#wholeLength(); length !== undefined && length <= this.rest.byteLength; length = this.#wholeLength()) {
      whole.push(this.rest.subarray(0, length));
      this.rest = this.rest.subarray(length);
    }
    return Buffer.concat(whole);
  }

  #wholeLength(): number | undefined {
    const headEnd = this.rest.indexOf('\r\n\r\n');
    if (headEnd < 0) return undefined;
    const length = /\r\ncontent-length: *(\d+)/i.exec(this.rest.subarray(0, headEnd).toString('latin1'))?.[1];
    return length === undefined ? undefined : headEnd + 4 + Number(length);
  }
}
