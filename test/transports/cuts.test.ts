/**
 * The whole agent, its real trust and journal, against a real intermediary with its real registry, over a path that cuts the
 * connection at a given byte of the handshake or of the first frames: afterwards every directive has been carried out once
 * and reported once, whatever the byte. A sample of bytes by seed; BEHEST_CUT_BYTES=all takes every one, BEHEST_CUT_BYTES=n every nth.
 */
import { join } from 'node:path';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { pino } from 'pino';
import { startAgent } from '../../agent/agent.ts';
import type { Agent } from '../../agent/agent.ts';
import { rungs } from '../../agent/contact/ways/transports.ts';
import type { DialRequest, Rung } from '../../agent/contact/ways/transports.ts';
import { base64Url, hex } from '../../protocol/bytes.ts';
import { systemClock, systemRandom } from '../../protocol/clock.ts';
import { payloadDigest, signStatement } from '../../protocol/statements/dsse.ts';
import { encodeEnrolment } from '../../protocol/statements/enrolment.ts';
import { rootType } from '../../protocol/statements/root.ts';
import type { Transport, TransportName } from '../../protocol/transport.ts';
import { FaultProxy } from '../support/fault-proxy.ts';
import type { Way } from '../support/fault-proxy.ts';
import type { LiveClient } from '../support/live-client.ts';
import { owner, Relay } from '../support/relay.ts';
import { seeded } from '../support/seeded.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const seed = Number(process.env['BEHEST_SEED'] ?? Date.now() % 1_000_000);
const wanted = process.env['BEHEST_CUT_BYTES'] ?? 'sample';
const sampled = 8;
const hangMs = 30_000;
const directivesEach = 3;

type Cut = { readonly way: Way; readonly byte: number; readonly by: 'reset' | 'end' };

/** An enrolled agent that dials by one transport only, through the proxy. */
class CutWorld {
  readonly relay: Relay;
  readonly proxy: FaultProxy;
  readonly live: LiveClient;
  agent!: Agent;
  /** Armed for the next dial. */
  next: Cut | undefined;
  /** How often each directive was carried out. */
  readonly runs = new Map<string, number>();
  /** That have crossed, either way. */
  frames = 0;
  /** Told each of them. */
  seen: (frame: Uint8Array) => void = () => undefined;
  #transport: Transport | undefined;
  readonly #name: TransportName;

  private constructor(name: TransportName, made: { relay: Relay; proxy: FaultProxy; live: LiveClient }) {
    this.#name = name;
    this.relay = made.relay;
    this.proxy = made.proxy;
    this.live = made.live;
  }

  static async start(t: ExecutionContext, name: TransportName): Promise<CutWorld> {
    const relay = await Relay.start(t);
    const world = new CutWorld(name, { relay, proxy: await FaultProxy.open(t, relay.port), live: await relay.live(t, 'technician') });
    world.live.send({ kind: 'watch', topic: { of: 'directives' } });
    const rootDigest = hex(await payloadDigest(await signStatement(rootType, relay.root, [owner])));
    const enrol = encodeEnrolment({ addresses: relay.root.intermediary.addresses, key: base64Url(relay.serverKey), rootDigest, site: 'home', enrolmentId: '0'.repeat(32), secret: base64Url(await relay.enrolment()), notAfter: Math.floor(Date.now() / 1000) + 600, uses: 1 });
    const started = await startAgent({
      data: join(await temporaryFolder(t), 'agent'),
      enrol,
      version: 'test',
      clock: systemClock,
      random: (length) => (length === 4 ? new Uint8Array(4) : systemRandom(length)), // the jitter asks for four bytes
      log: pino({ level: 'info' }, { write: (line) => world.#note(JSON.parse(line)) }),
      metered: 'no',
      rungs: [{ name, dial: (request) => world.#dial(request) }],
      connected: () => undefined,
      failed: () => undefined,
    });
    if (!started.ok) throw new Error(`${started.code}: ${started.detail}`);
    world.agent = started.value;
    t.teardown(() => started.value.stop());
    await relay.shows(t, world.agent.agentId, true);
    await world.direct();
    return world;
  }

  /** Makes the agent connect afresh, with the cut that is armed, and carries out some directives meanwhile. */
  async trial(cut: Cut | undefined): Promise<void> {
    this.next = cut;
    this.#transport?.close();
    for (let count = 0; count < directivesEach; count += 1) await this.direct();
  }

  async direct(text = 'hi'): Promise<void> {
    const directive = await this.relay.directive('technician', [{ agentId: this.agent.agentId }], { params: { text } });
    const submitted = await this.live.submit(directive);
    if (submitted !== 'submitted') throw new Error(submitted);
    await this.live.next('target', ({ directiveId, target }) => directiveId === directive.id && target.state === 'succeeded', hangMs);
    if (this.runs.get(directive.id) !== 1) throw new Error(`${directive.id} was carried out ${this.runs.get(directive.id)} times`);
    this.live.received.length = 0;
  }

  #counted(transport: Transport): Transport {
    const send = transport.send.bind(transport);
    const listen = transport.listen.bind(transport);
    const note = (frame: Uint8Array): Uint8Array => {
      this.frames += 1;
      this.seen(frame);
      return frame;
    };
    transport.send = (frame) => send(note(frame));
    transport.listen = ({ frame, ...others }) => listen({ ...others, frame: (bytes) => frame(note(bytes)) });
    return transport;
  }

  #note(line: { msg?: string; directiveId?: string }): void {
    const { directiveId = '' } = line;
    if (line.msg === 'directive ended') this.runs.set(directiveId, (this.runs.get(directiveId) ?? 0) + 1);
  }

  /** As the agent does, but through the proxy, which is armed now if it is to be. */
  async #dial(request: DialRequest): ReturnType<Rung['dial']> {
    const rung = rungs.find(({ name }) => name === this.#name);
    if (rung === undefined) throw new Error(`no rung ${this.#name}`);
    if (this.next !== undefined) {
      this.proxy.cutAll(); // what the last connection still says would be counted
      const { way, byte, by } = this.next;
      this.proxy.faults = { cutAt: { way, byte: this.proxy.passed[way] + byte, by } };
      this.next = undefined;
    }
    const dialled = await rung.dial({ ...request, address: `localhost:${this.proxy.port}`, authority: this.relay.authority });
    if (dialled.ok) this.#transport = this.#counted(dialled.value);
    return dialled;
  }
}

/** How many bytes cross each way in a trial without a cut, and how many frames they are. */
async function measure(world: CutWorld): Promise<Record<Way | 'frames', number>> {
  await world.trial(undefined);
  const [before, framesBefore] = [{ ...world.proxy.passed }, world.frames];
  await world.trial(undefined);
  return { toServer: world.proxy.passed.toServer - before.toServer, toClient: world.proxy.passed.toClient - before.toClient, frames: world.frames - framesBefore };
}

function choose(length: number): readonly number[] {
  const random = seeded(seed + length);
  if (wanted === 'sample') return Array.from({ length: sampled }, () => random.below(length));
  const step = wanted === 'all' ? 1 : Number(wanted);
  return Array.from({ length: Math.ceil(length / step) }, (_, index) => index * step);
}

for (const name of ['wss', 'ws', 'tcp', 'https-long-poll', 'https-short-poll', 'http-long-poll'] as const) {
  test.serial(`${name}: cut at any byte of the handshake and of the first frames, nothing is lost, done twice or locked out`, async (t) => {
    t.timeout(6 * 3_600_000);
    const world = await CutWorld.start(t, name);
    const bytes = await measure(world);
    let [trials, longestMs] = [0, 0];
    for (const way of ['toServer', 'toClient'] as const) {
      for (const byte of choose(bytes[way])) {
        const beganMs = performance.now();
        const cut = { way, byte, by: (byte + seed) % 2 === 0 ? 'reset' : 'end' } as const;
        await world.trial(cut).catch((error: unknown) => t.fail(`seed ${seed}, ${JSON.stringify(cut)}: ${String(error)}`));
        trials += 1;
        longestMs = Math.max(longestMs, performance.now() - beganMs);
      }
    }
    t.log(`seed ${seed}: ${trials} trials over ${bytes.toServer} bytes up and ${bytes.toClient} down, which are ${bytes.frames} frames; ${world.proxy.cuts} connections cut, the longest ${Math.round(longestMs)} ms, ${world.runs.size} directives`);
    t.true([...world.runs.values()].every((runs) => runs === 1));
  });
}

/** What must not be read by whoever listens on the way; of a WebSocket from the agent the frames tell, since it masks what it sends. */
for (const name of ['ws', 'tcp', 'http-long-poll'] as const) {
  test.serial(`${name}: a capture of a session without TLS shows nothing of what is said`, async (t) => {
    const world = await CutWorld.start(t, name);
    const captured: Uint8Array[] = [];
    for (const source of [world, world.proxy]) source.seen = (bytes) => captured.push(Uint8Array.from(bytes));
    await world.trial(undefined);
    await world.direct('a secret that is easily found');
    const capture = Buffer.concat(captured);
    t.true(capture.byteLength > 3000);
    for (const plain of ['easily found', 'agent.echo', 'directive', 'check-in', 'report', 'succeeded', world.agent.agentId, 'technician']) t.is(capture.indexOf(plain), -1, plain);
    t.is(capture.indexOf(Buffer.from(world.agent.agentId, 'hex')), -1);
  });
}
