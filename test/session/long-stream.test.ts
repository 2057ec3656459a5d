/**
 * L3: a long stream over real connections that are cut again and again arrives whole, and little of it is sent twice.
 */
import { createHash } from 'node:crypto';
import test from 'ava';
import { systemClock, systemRandom } from '../../protocol/clock.ts';
import { admitSession, joinSession } from '../../protocol/session/hello.ts';
import { Session } from '../../protocol/session/session.ts';
import type { SessionHandlers, SessionLink } from '../../protocol/session/session.ts';
import type { SessionStream } from '../../protocol/session/stream.ts';
import { agentPort } from '../support/agent-port.ts';
import type { AgentPort } from '../support/agent-port.ts';
import { FaultProxy } from '../support/fault-proxy.ts';
import { seeded } from '../support/seeded.ts';
import { linkOver } from '../support/session-pair.ts';

const totalBytes = 2 ** 30;
const cuts = 50;
const chunkBytes = 60_000;

const quiet: SessionHandlers = { message: () => undefined, opened: () => undefined, drained: () => undefined, interrupted: () => undefined, resumed: () => undefined, ended: () => undefined };

test('1 GiB cut 50 times arrives with the right digest, and less than 2 % of it is sent twice', async (t) => {
  t.timeout(600_000);
  const seed = Number(process.env['BEHEST_SEED'] ?? Date.now() % 1_000_000);
  t.log(`BEHEST_SEED=${seed}`);
  const random = seeded(seed);
  const port = await agentPort(t);
  const path = new CutPath(port, await FaultProxy.open(t, port.port));
  const cutAt = Array.from({ length: cuts }, () => random.below(totalBytes)).toSorted((a, b) => a - b);

  const received = createHash('sha256');
  let arrived = 0;
  const whole = Promise.withResolvers<void>();
  path.opened = (stream) => stream.listen({
    data: (chunk) => {
      received.update(chunk);
      arrived += chunk.byteLength;
      stream.take(chunk.byteLength);
      while (arrived > (cutAt[0] ?? Infinity)) {
        cutAt.shift();
        path.cut();
      }
    },
    ended: () => whole.resolve(),
    reset: (code) => whole.reject(new Error(code)),
    drained: () => undefined,
  });
  await path.connect();
  const sent = await sendAll(path.agent, random.bytes(chunkBytes));
  await whole.promise;

  t.is(arrived, totalBytes);
  t.is(received.digest('hex'), sent);
  t.true(path.cutsMade >= cuts * 0.9, `${path.cutsMade} cuts`);
  const twice = path.bytesSent / totalBytes - 1;
  t.log(`${path.cutsMade} cuts, ${(twice * 100).toFixed(2)} % more than the stream itself was sent, record headers included`);
  t.true(twice < 0.02);
  path.close();
});

/** A session whose agent side comes back at once whenever its connection is cut. */
class CutPath {
  readonly #port: AgentPort;
  readonly #proxy: FaultProxy;
  agent: Session = this.#make('agent', new Uint8Array(16));
  #intermediary: Session | undefined;
  opened: (stream: SessionStream) => void = () => undefined;
  /** By the agent, over all connections. */
  bytesSent = 0;
  #isClosed = false;

  constructor(port: AgentPort, proxy: FaultProxy) {
    this.#port = port;
    this.#proxy = proxy;
  }

  get cutsMade(): number {
    return this.#proxy.cuts;
  }

  async connect(): Promise<void> {
    const { agent, intermediary } = await this.#port.pair('wss', { port: this.#proxy.port });
    const admitted = admitSession(linkOver(intermediary), {
      find: () => this.#intermediary,
      make: (id) => (this.#intermediary = this.#make('intermediary', id)),
      random: systemRandom,
      clock: systemClock,
    });
    const previous = this.#intermediary === undefined ? undefined : this.agent;
    await joinSession(this.#counted(linkOver(agent)), { previous, make: (id) => (this.agent = this.#make('agent', id)), clock: systemClock });
    await admitted;
  }

  cut(): void {
    this.#proxy.cutAll();
  }

  close(): void {
    this.#isClosed = true;
    this.agent.close();
  }

  #counted(link: SessionLink): SessionLink {
    return {
      ...link,
      send: (record) => {
        this.bytesSent += record.byteLength;
        return link.send(record);
      },
    };
  }

  #make(role: 'agent' | 'intermediary', id: Uint8Array): Session {
    const handlers: SessionHandlers = role === 'agent'
      ? { ...quiet, interrupted: () => void (this.#isClosed || this.connect()) }
      : { ...quiet, opened: (stream) => this.opened(stream) };
    return new Session({ role, id, clock: systemClock, handlers });
  }
}

/** Sends the chunk again and again, each time a little different, and gives the digest of it all. */
async function sendAll(session: Session, chunk: Uint8Array): Promise<string> {
  const digest = createHash('sha256');
  const opened = session.open(new Uint8Array(0), 'bulk');
  if (!opened.ok) throw new Error(opened.code);
  const stream = opened.value;
  let resume: () => void = () => undefined;
  stream.listen({ data: () => undefined, ended: () => undefined, reset: () => undefined, drained: () => resume() });
  for (let left = totalBytes; left > 0; left -= chunk.byteLength) {
    const piece = chunk.slice(0, Math.min(left, chunk.byteLength));
    new DataView(piece.buffer).setUint32(0, left);
    digest.update(piece);
    if (!stream.write(piece)) await new Promise<void>((resolve) => (resume = resolve));
  }
  stream.end();
  return digest.digest('hex');
}
