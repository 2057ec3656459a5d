/** Sessions over the real stores of both sides, cut at a chosen frame or ended by a crash at a chosen write. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import type { Transport } from '../../protocol/transport.ts';
import type { MemoryPair, Tap } from '../support/memory-transport.ts';
import type { Seeded } from '../support/seeded.ts';
import { folderInMemory } from '../support/temporary-folder.ts';
import { holdProof } from './late-proofs.ts';
import { startSession } from './parties.ts';
import { copyDatabase, databaseIn, RealAgent, RealRegistry } from './real-parties.ts';
import type { CommitPoint } from './real-parties.ts';

/** Frames of one session at most: three HELLOs, two REJECTs, ANSWER, proof and welcome. */
export const framesPerSession = 8;
export const agentPoints = ['before store', 'after store'] as const;
export const commitPoints = ['before commit', 'amid commit', 'after commit'] as const;
export const rulingPoints = ['before ruling', 'amid ruling', 'after ruling'] as const;

export type Fault = { readonly cutAtFrame: number } | { readonly agentDies: (typeof agentPoints)[number] } | { readonly intermediaryDies: CommitPoint }
  /** The agent leaves when its proof is under way; that arrives after so many frames of later sessions. */
  | { readonly proofLateBy: number }
  | undefined;

/** A proof under way. */
type LateProof = { framesLeft: number; release(): void };

/** One machine with its intermediary, and the seed that disturbs them. */
export class Campaign {
  readonly #folder: string;
  readonly #random: Seeded;
  #folders = 0;
  registry!: RealRegistry;
  agent!: RealAgent;
  #lateProofs: LateProof[] = [];
  #lateCalls: (Promise<unknown> | undefined)[] = [];
  /** Faults that really struck, by kind. */
  readonly struck = new Map<string, number>();

  constructor(folder: string, random: Seeded) {
    this.#folder = folder;
    this.#random = random;
  }

  async begin(): Promise<void> {
    this.registry = await RealRegistry.open(this.newPath());
    await this.newMachine();
  }

  async end(): Promise<void> {
    this.agent.trust.close();
    await this.registry.store.close();
  }

  async newMachine(): Promise<void> {
    this.agent = new RealAgent(this.newPath(), (length) => this.#random.bytes(length));
    const { id, secret } = await this.registry.enrolment((length) => this.#random.bytes(length));
    await this.agent.enrol(id, secret);
  }

  newPath(): string {
    this.#folders += 1;
    const folder = join(this.#folder, String(this.#folders));
    mkdirSync(folder);
    return databaseIn(folder);
  }

  /** One session, disturbed or not; whoever crashed is there again afterwards. Gives what the agent was told. */
  async session(agent: RealAgent, fault: Fault): Promise<string> {
    const { registry } = this;
    let pair: MemoryPair | undefined;
    let fromDisk: { readonly who: 'agent' | 'intermediary'; readonly path: string } | undefined;
    const die = (who: 'agent' | 'intermediary', point: string): void => {
      fromDisk = { who, path: this.newPath() };
      copyDatabase(who === 'agent' ? agent.path : registry.path, fromDisk.path);
      this.#note(`${who} dies ${point}`);
      pair?.cut();
      throw new Error('the process is gone');
    };
    agent.crash = (point) => fault !== undefined && 'agentDies' in fault && fault.agentDies === point && die('agent', point);
    registry.crash = (point) => fault !== undefined && 'intermediaryDies' in fault && fault.intermediaryDies === point && die('intermediary', point);
    const tap = this.#saboteur(fault, () => pair?.cut());
    const cut = (): void => pair?.cut();
    const between = fault !== undefined && 'proofLateBy' in fault ? this.#delayer(fault.proofLateBy, cut) : undefined;
    const started = startSession({ keys: agent.keys, registry, tap, between, introduction: agent.introduction, joined: (joined) => (pair = joined) });
    const opened = await started.opened;
    cut();
    const accepted = started.accepting()?.accepted;
    if (between === undefined) await accepted;
    else this.#lateCalls.push(accepted);
    if (fromDisk?.who === 'agent') agent.restart(fromDisk.path);
    if (fromDisk?.who === 'intermediary') await this.restartRegistry(fromDisk.path);
    return opened.ok ? 'ok' : opened.code;
  }

  /** Every late proof has come, and what it brought about is done. */
  async settled(): Promise<void> {
    const late = this.#lateProofs.splice(0);
    for (const { release } of late) release();
    await Promise.all(this.#lateCalls);
  }

  /** Both programs end in good order now and then, too. */
  async restartSometimes(): Promise<void> {
    if (this.#random.below(50) === 0) this.agent.restart();
    if (this.#random.below(200) === 0) await this.restartRegistry(this.registry.path);
  }

  async restartRegistry(path: string): Promise<void> {
    const before = this.registry;
    this.#lateProofs = []; // their connections went with it
    this.#lateCalls = [];
    await before.store.close();
    this.registry = await RealRegistry.open(path);
    if (path !== before.path) rmSync(join(before.path, '..'), { recursive: true });
  }

  /** Mostly cuts: a crash costs a hundred of them. */
  fault(): Exclude<Fault, undefined> {
    const { below } = this.#random;
    const kind = below(40);
    if (kind === 0) return { agentDies: agentPoints[below(agentPoints.length)] ?? 'before store' };
    if (kind < 10) return { proofLateBy: below(2 * framesPerSession) };
    if (kind === 10) return { intermediaryDies: commitPoints[below(commitPoints.length)] ?? 'before commit' };
    return { cutAtFrame: below(framesPerSession) };
  }

  #saboteur(fault: Fault, cut: () => void): Tap {
    let frames = 0;
    return (frame, direction) => {
      const at = frames++;
      this.#releaseProofs();
      if (fault === undefined || !('cutAtFrame' in fault) || fault.cutAtFrame !== at) return frame;
      this.#note(`frame ${at} ${direction} lost`);
      cut();
      return undefined;
    };
  }

  #delayer(framesLeft: number, cut: () => void): (transport: Transport) => Transport {
    const { promise: until, resolve: release } = Promise.withResolvers<void>();
    return (transport) => holdProof(transport, { until, cut: () => {
      this.#note('proof late');
      this.#lateProofs.push({ framesLeft, release });
      cut();
    } });
  }

  /** A frame of another session is passing. */
  #releaseProofs(): void {
    for (const late of this.#lateProofs) late.framesLeft -= 1;
    for (const late of this.#lateProofs.filter(({ framesLeft }) => framesLeft < 0)) late.release();
    this.#lateProofs = this.#lateProofs.filter(({ framesLeft }) => framesLeft >= 0);
  }

  #note(what: string): void {
    this.struck.set(what, (this.struck.get(what) ?? 0) + 1);
  }
}

export async function startCampaign(t: ExecutionContext, random: Seeded): Promise<Campaign> {
  const campaign = new Campaign(await folderInMemory(t), random);
  await campaign.begin();
  return campaign;
}
