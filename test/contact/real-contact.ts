/**
 * The real agent and the real intermediary, with rungs that a test can make fail in every way, and a network it can take away.
 */
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { pino } from 'pino';
import { startAgent } from '../../agent/agent.ts';
import type { Agent, AgentOptions } from '../../agent/agent.ts';
import type { Network, NetworkWatch } from '../../agent/contact/network/network.ts';
import type { SettingsSource } from '../../agent/contact/settings/settings-source.ts';
import type { DialRequest, Rung } from '../../agent/contact/ways/transports.ts';
import { readStatus } from '../../agent/status-file.ts';
import type { Status } from '../../agent/status-file.ts';
import { base64Url, hex } from '../../protocol/bytes.ts';
import { systemClock, systemRandom } from '../../protocol/clock.ts';
import { defaultContactSettings } from '../../protocol/contact-settings.ts';
import type { ContactOverrides, ContactSettings } from '../../protocol/contact-settings.ts';
import { failure, success } from '../../protocol/outcome.ts';
import { payloadDigest, signStatement } from '../../protocol/statements/dsse.ts';
import { encodeEnrolment } from '../../protocol/statements/enrolment.ts';
import { rootType } from '../../protocol/statements/root.ts';
import type { Transport, TransportName } from '../../protocol/transport.ts';
import { dialWebSocket } from '../../transports/websocket/dial.ts';
import { until } from '../execution/support.ts';
import { memoryTransports } from '../support/memory-transport.ts';
import { owner, Relay } from '../support/relay.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

type Dialled = Awaited<ReturnType<Rung['dial']>>;
/** What becomes of a dial; it may pass it on to the intermediary. */
export type Behaviour = (pass: () => Promise<Dialled>, request: DialRequest) => Promise<Dialled>;

export const passes: Behaviour = (pass) => pass();
export const refuses: Behaviour = async () => failure('unreachable', 'refused by the test');
/** A firewall that drops what comes. */
export const hangs: Behaviour = (_pass, { signal }) => new Promise((resolve) => {
  if (signal.aborted) resolve(failure('cancelled', 'given up'));
  signal.addEventListener('abort', () => resolve(failure('cancelled', 'given up')));
});
export const slow = (ms: number): Behaviour => async (pass) => {
  await new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
  return pass();
};
/** Opens, and then nothing ever comes. */
export const swallows: Behaviour = async () => success(memoryTransports().agent);
/** Opens, and is cut after so many frames from the intermediary. */
export const diesAfter = (frames: number): Behaviour => async (pass) => {
  const dialled = await pass();
  return dialled.ok ? success(cutAfter(dialled.value, frames)) : dialled;
};

/** Passes; `silence` lets nothing through any more in either direction over what is open then, and tells nobody. */
export function mutable(): { readonly behaviour: Behaviour; silence(): void } {
  const open: { isMute: boolean }[] = [];
  const behaviour: Behaviour = async (pass) => {
    const dialled = await pass();
    if (!dialled.ok) return dialled;
    const { value: transport } = dialled;
    const sound = { isMute: false };
    open.push(sound);
    const listen: Transport['listen'] = (handlers) => transport.listen({ ...handlers, frame: (frame) => {
      if (!sound.isMute) handlers.frame(frame);
    } });
    return success({ name: transport.name, remoteAddress: transport.remoteAddress, listen, send: (frame) => sound.isMute || transport.send(frame), close: () => transport.close() });
  };
  return { behaviour, silence: () => {
    for (const sound of open) sound.isMute = true;
  } };
}

function cutAfter(transport: Transport, frames: number): Transport {
  let left = frames;
  const listen: Transport['listen'] = (handlers) => transport.listen({ ...handlers, frame: (frame) => {
    left -= 1;
    if (left >= 0) handlers.frame(frame);
    else transport.close();
  } });
  return { name: transport.name, remoteAddress: transport.remoteAddress, listen, send: (frame) => transport.send(frame), close: () => transport.close() };
}

export class TestRung implements Rung {
  readonly name: TransportName;
  behaviour: Behaviour;
  dialled = 0;
  /** Open and not closed by the agent, as far as it was told. */
  readonly transports: Transport[] = [];
  readonly #port: () => number;
  readonly #dials: TransportName[];

  constructor(name: TransportName, behaviour: Behaviour, at: { readonly port: () => number; readonly dials: TransportName[] }) {
    this.name = name;
    this.behaviour = behaviour;
    this.#port = at.port;
    this.#dials = at.dials;
  }

  async dial(request: DialRequest): Promise<Dialled> {
    this.dialled += 1;
    this.#dials.push(this.name);
    return this.behaviour(async () => {
      const dialled = await dialWebSocket({ address: `wss://localhost:${this.#port()}/agent`, authority: request.authority, signal: request.signal, clock: request.clock });
      if (dialled.ok) this.transports.push(dialled.value);
      return dialled;
    }, request);
  }

  cut(): void {
    for (const transport of this.transports.splice(0)) transport.close();
  }
}

export class TestNetwork implements NetworkWatch {
  network: Network = { isUp: true, ids: ['here'], state: 'here' };
  #tasks = new Set<() => void>();
  present = (): Network => this.network;
  watch = (task: () => void): (() => void) => {
    this.#tasks.add(task);
    return () => this.#tasks.delete(task);
  };

  become(network: Partial<Network>): void {
    this.network = { ...this.network, ...network };
    for (const task of this.#tasks) task();
  }
}

export class TestSettings implements SettingsSource {
  #settings: ContactSettings = { ...defaultContactSettings, spacingSeconds: 1, upgradeSeconds: 3600 };
  #tasks: (() => void)[] = [];
  present = (): ContactSettings => this.#settings;
  onChanged = (task: () => void): void => void this.#tasks.push(task);

  set(overrides: ContactOverrides): void {
    this.#settings = { ...this.#settings, ...overrides };
    for (const task of this.#tasks) task();
  }
}

export class RealContact {
  readonly relay: Relay;
  readonly folder: string;
  readonly rungs: readonly TestRung[];
  readonly network = new TestNetwork();
  readonly settings = new TestSettings();
  isMetered = false;
  /** In the order they began. */
  readonly dials: TransportName[] = [];
  agent: Agent | undefined;
  readonly #secret: Uint8Array;

  private constructor(made: { relay: Relay; folder: string; secret: Uint8Array; rungs: Partial<Record<TransportName, Behaviour>> }) {
    this.relay = made.relay;
    this.folder = made.folder;
    this.#secret = made.secret;
    this.rungs = Object.entries(made.rungs).map(([name, behaviour]) => new TestRung(name as TransportName, behaviour, { port: () => made.relay.port, dials: this.dials }));
  }

  /** Rungs by name, best first. */
  static async make(t: ExecutionContext, rungs: Partial<Record<TransportName, Behaviour>>): Promise<RealContact> {
    const relay = await Relay.start(t);
    const made = new RealContact({ relay, folder: join(await temporaryFolder(t), 'agent'), secret: await relay.enrolment(), rungs });
    t.teardown(() => made.agent?.stop());
    return made;
  }

  /** Starts the agent, enrolling it the first time, and gives how long it took to a session if that is waited for. */
  async start(options: Partial<AgentOptions> = {}): Promise<void> {
    const isFirst = readStatus(this.folder) === undefined;
    const started = await startAgent({
      data: this.folder,
      ...(isFirst ? { enrol: await this.#enrolment() } : {}),
      version: 'test',
      clock: systemClock,
      random: systemRandom,
      log: pino({ level: 'silent' }),
      rungs: this.rungs,
      surroundings: { network: this.network, settings: this.settings, isMetered: () => Promise.resolve(this.isMetered) },
      connected: () => undefined,
      failed: () => undefined,
      ...options,
    });
    if (!started.ok) throw new Error(`${started.code}: ${started.detail}`);
    this.agent = started.value;
  }

  rung(name: TransportName): TestRung {
    const found = this.rungs.find((rung) => rung.name === name);
    if (found === undefined) throw new Error(`no rung ${name}`);
    return found;
  }

  get status(): Status | undefined {
    return readStatus(this.folder);
  }

  /** Waits until the agent says that it got through by this transport. */
  async connectedBy(name: TransportName, withinMs?: number): Promise<void> {
    await until(() => this.status?.state === 'connected' && this.status.transport === name, `a session by ${name}`, withinMs);
  }

  async inState(state: string): Promise<void> {
    await until(() => this.status?.state === state, `the state ${state}`);
  }

  async #enrolment(): Promise<string> {
    const { root, authority } = this.relay;
    const rootDigest = hex(await payloadDigest(await signStatement(rootType, root, [owner])));
    return encodeEnrolment({ addresses: root.intermediary.addresses, key: root.intermediary.key, rootDigest, site: 'home', enrolmentId: 'e'.repeat(32), secret: base64Url(this.#secret), notAfter: Math.floor(Date.now() / 1000) + 600, uses: 1, authority });
  }
}
