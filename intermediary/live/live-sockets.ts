/**
 * The live sockets of all consoles here. A socket opens only for somebody signed in: a page by its cookie together with
 * the word that only its own page knows (`?csrf=`), from its own origin; a program by its token, given as a subprotocol.
 */
import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { utf8 } from '../../protocol/bytes.ts';
import { limits } from '../../protocol/limits.ts';
import { failure } from '../../protocol/outcome.ts';
import type { Failure, Outcome } from '../../protocol/outcome.ts';
import { cookieOf, isOwnOrigin } from '../people/credentials.ts';
import type { SignIns, Visitor } from '../people/sign-ins.ts';
import type { StatementKeeper } from '../people/statement-keeper.ts';
import { LiveSocket } from './live-socket.ts';
import type { LiveNeeds } from './live-socket.ts';

export type LiveSocketsNeeds = LiveNeeds & { readonly signIns: SignIns; readonly statements: StatementKeeper };

const tokenPrefix = 'bearer.';

export class LiveSockets {
  readonly #needs: LiveSocketsNeeds;
  readonly #sockets = new Set<LiveSocket>();
  readonly #server: WebSocketServer;
  readonly #unsubscribe: readonly (() => void)[];
  /** What each person's roles were, to see whether a new policy changes them. */
  #roles: ReadonlyMap<string, string>;

  constructor(needs: LiveSocketsNeeds) {
    this.#needs = needs;
    this.#roles = this.#readRoles();
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: limits.maxControlBytes,
      handleProtocols: (offered) => (offered.has('behest') ? 'behest' : false),
    });
    this.#unsubscribe = [
      needs.bus.subscribe('policy-changed', () => this.#policyChanged()),
      needs.bus.subscribe('sign-in-ended', ({ digest }) => this.#signOut(({ visitor }) => visitor.digest === digest, 'not-signed-in')),
    ];
  }

  get size(): number {
    return this.#sockets.size;
  }

  /** Takes an HTTP upgrade to the live socket, or refuses it with a status. */
  async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const visitor = await this.#authenticate(request).catch((error: unknown) => {
      this.#needs.log.error({ err: error }, 'an arriving console broke something');
      return failure('internal', 'see the log');
    });
    if (!visitor.ok) return refuse(socket, visitor);
    const own = [...this.#sockets].filter((each) => each.visitor.personId === visitor.value.personId).length;
    if (own >= limits.maxSocketsPerPerson) return refuse(socket, failure('rate-limited', 'too many live sockets'));
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      const live = new LiveSocket(this.#needs, webSocket, visitor.value);
      this.#sockets.add(live);
      webSocket.once('close', () => this.#sockets.delete(live));
    });
  }

  close(): void {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    for (const socket of this.#sockets) socket.close();
  }

  async #authenticate(request: IncomingMessage): Promise<Outcome<Visitor>> {
    const { signIns } = this.#needs;
    if (request.headers.origin !== undefined && !isOwnOrigin(request)) return failure('origin-refused', String(request.headers.origin));
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
    const token = offered.find((name) => name.startsWith(tokenPrefix))?.slice(tokenPrefix.length);
    if (token !== undefined) return signIns.find(token);
    const cookie = cookieOf(request.headers.cookie);
    if (cookie === undefined || request.headers.origin === undefined) return failure('not-signed-in', 'neither cookie nor token');
    const visitor = await signIns.find(cookie);
    if (!visitor.ok) return visitor;
    const csrf = new URL(request.url ?? '/', 'https://localhost').searchParams.get('csrf') ?? '';
    return isSame(csrf, visitor.value.csrf) ? visitor : failure('origin-refused', 'the csrf word is missing or wrong');
  }

  #policyChanged(): void {
    const before = this.#roles;
    this.#roles = this.#readRoles();
    const { authorizer } = this.#needs;
    this.#signOut(({ visitor }) => !authorizer.knows(visitor), 'not-signed-in');
    // What it was shown may be out of reach now: it begins afresh.
    this.#signOut(({ visitor }) => before.get(visitor.personId) !== this.#roles.get(visitor.personId), 'conflict');
  }

  #readRoles(): ReadonlyMap<string, string> {
    const { people, roles } = this.#needs.statements.policy;
    return new Map(people.map((person) => [person.id, JSON.stringify(roles.filter(({ name }) => person.roles.includes(name)))]));
  }

  #signOut(which: (socket: LiveSocket) => boolean, code: 'not-signed-in' | 'conflict'): void {
    for (const socket of this.#sockets) {
      if (!which(socket)) continue;
      this.#sockets.delete(socket);
      socket.signOut(code);
    }
  }
}

const statuses: Readonly<Record<string, string>> = { 'internal': '500 Internal Server Error', 'origin-refused': '403 Forbidden', 'rate-limited': '429 Too Many Requests' };

function refuse(socket: Duplex, { code }: Failure): void {
  const body = JSON.stringify({ code, detail: '' });
  const status = statuses[code] ?? '401 Unauthorized';
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
}

function isSame(left: string, right: string): boolean {
  const [a, b] = [utf8(left), utf8(right)];
  return a.byteLength === b.byteLength && timingSafeEqual(a, b);
}
