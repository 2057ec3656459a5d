/**
 * The rolling key over the real stores: connections cut at every step of handshake and roll, both programs crashing at
 * every write and going on from what the disk held. Whatever happens, an honest machine comes back and raises no alarm;
 * a copy of its disk is noticed by the first session that one of the two has after the other.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import type { MemoryPair, Tap } from '../support/memory-transport.ts';
import { seeded } from '../support/seeded.ts';
import type { Seeded } from '../support/seeded.ts';
import { folderInMemory } from '../support/temporary-folder.ts';
import { runSession } from './parties.ts';
import { copyDatabase, databaseIn, RealAgent, RealRegistry } from './real-parties.ts';
import type { CommitPoint } from './real-parties.ts';

const cuts = Number(process.env['BEHEST_CUTS'] ?? 10_000);
const seed = Number(process.env['BEHEST_SEED'] ?? Date.now() % 1_000_000);

/** Frames of one session at most: three HELLOs, two REJECTs, ANSWER, proof and welcome. */
const framesPerSession = 8;
const agentPoints = ['before store', 'after store'] as const;
const commitPoints = ['before commit', 'amid commit', 'after commit'] as const;

type Fault = { readonly cutAtFrame: number } | { readonly agentDies: (typeof agentPoints)[number] } | { readonly intermediaryDies: CommitPoint } | undefined;

/** One machine with its intermediary, and the seed that disturbs them. */
class Campaign {
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
    this.agent.enrol(id, secret);
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

async function startCampaign(t: ExecutionContext, random: Seeded): Promise<Campaign> {
  const campaign = new Campaign(await folderInMemory(t), random);
  await campaign.begin();
  return campaign;
}

test('cut at every step and killed at every write, an honest machine always comes back and raises no alarm', async (t) => {
  t.timeout(120_000 + cuts * 60);
  t.log(`${cuts} faults, BEHEST_SEED=${seed}`);
  const random = seeded(seed);
  const campaign = await startCampaign(t, random);
  let sessions = 0;
  for (let struck = 0; struck < cuts; ) {
    const before = total(campaign.struck);
    for (let inARow = 1 + random.below(4); inARow > 0; inARow -= 1) await campaign.session(campaign.agent, campaign.fault());
    struck += total(campaign.struck) - before;
    sessions += 1;
    const told = await campaign.session(campaign.agent, undefined);
    if (told !== 'ok') return t.fail(`locked out with ${told} after ${struck} faults`);
    await campaign.restartSometimes();
    if (campaign.registry.alarms.length > 0) return t.fail(`a false alarm after ${struck} faults`);
  }
  t.false(await campaign.registry.isQuarantined(campaign.agent.agentId));
  t.log(`${sessions} undisturbed sessions between them; ${[...campaign.struck].map(([what, times]) => `${what} ${times}`).toSorted().join(', ')}`);
  await campaign.end();
});

test('a copied disk is noticed by the first session after one of the other, whatever was cut before', async (t) => {
  const copies = Math.max(20, Math.floor(cuts / 200));
  t.timeout(120_000 + copies * 10_000);
  t.log(`${copies} copies, BEHEST_SEED=${seed}`);
  const random = seeded(seed + 1);
  const campaign = await startCampaign(t, random);
  for (let count = 0; count < copies; count += 1) {
    for (let before = 1 + random.below(4); before > 0; before -= 1) await campaign.session(campaign.agent, undefined);
    for (let faults = random.below(4); faults > 0; faults -= 1) await campaign.session(campaign.agent, campaign.fault());
    const copy = campaign.agent.copy(campaign.newPath());
    const [first, second] = random.below(2) === 0 ? [campaign.agent, copy] : [copy, campaign.agent];
    for (let faults = random.below(4); faults > 0; faults -= 1) await campaign.session(first, campaign.fault());
    t.is(await campaign.session(first, undefined), 'ok');
    t.deepEqual(campaign.registry.alarms, [], 'no alarm while only one of them has called');
    for (let sessions = random.below(3); sessions > 0; sessions -= 1) t.is(await campaign.session(first, undefined), 'ok');
    t.is(await campaign.session(second, undefined), 'key-retired', `copy ${count}`);
    t.deepEqual(campaign.registry.alarms.splice(0), [second.agentId]);
    t.true(await campaign.registry.isQuarantined(second.agentId));
    copy.trust.close();
    campaign.agent.trust.close();
    await campaign.newMachine();
  }
  await campaign.end();
});

function total(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}
