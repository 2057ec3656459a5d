/** Sessions over the real stores of both sides, cut at a chosen frame or ended by a crash at a chosen write. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import type { MemoryPair, Tap } from '../support/memory-transport.ts';
import type { Seeded } from '../support/seeded.ts';
import { folderInMemory } from '../support/temporary-folder.ts';
import { runSession } from './parties.ts';
import { copyDatabase, databaseIn, RealAgent, RealRegistry } from './real-parties.ts';
import type { CommitPoint } from './real-parties.ts';

/** Frames of one session at most: three HELLOs, two REJECTs, ANSWER, proof and welcome. */
export const framesPerSession = 8;
export const agentPoints = ['before store', 'after store'] as const;
export const commitPoints = ['before commit', 'amid commit', 'after commit'] as const;

export type Fault = { readonly cutAtFrame: number } | { readonly agentDies: (typeof agentPoints)[number] } | { readonly intermediaryDies: CommitPoint } | undefined;

/** One machine with its intermediary, and the seed that disturbs them. */
export class Campaign {
  readonly #folder: string;
  readonly #random: Seeded;
  #folders = 0;
  registry!: RealRegistry;
  agent!: RealAgent;
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
    const { opened } = await runSession({ keys: agent.keys, registry, tap, introduction: agent.introduction, joined: (joined) => (pair = joined) });
    pair?.cut();
    if (fromDisk?.who === 'agent') agent.restart(fromDisk.path);
    if (fromDisk?.who === 'intermediary') await this.restartRegistry(fromDisk.path);
    return opened.ok ? 'ok' : opened.code;
  }

  /** Both programs end in good order now and then, too. */
  async restartSometimes(): Promise<void> {
    if (this.#random.below(50) === 0) this.agent.restart();
    if (this.#random.below(200) === 0) await this.restartRegistry(this.registry.path);
  }

  async restartRegistry(path: string): Promise<void> {
    const before = this.registry;
    await before.store.close();
    this.registry = await RealRegistry.open(path);
    if (path !== before.path) rmSync(join(before.path, '..'), { recursive: true });
  }

  /** Mostly cuts: a crash costs a hundred of them. */
  fault(): Exclude<Fault, undefined> {
    const { below } = this.#random;
    const kind = below(40);
    if (kind === 0) return { agentDies: agentPoints[below(agentPoints.length)] ?? 'before store' };
    if (kind === 1) return { intermediaryDies: commitPoints[below(commitPoints.length)] ?? 'before commit' };
    return { cutAtFrame: below(framesPerSession) };
  }

  #saboteur(fault: Fault, cut: () => void): Tap {
    let frames = 0;
    return (frame, direction) => {
      const at = frames++;
      if (fault === undefined || !('cutAtFrame' in fault) || fault.cutAtFrame !== at) return frame;
      this.#note(`frame ${at} ${direction} lost`);
      cut();
      return undefined;
    };
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
