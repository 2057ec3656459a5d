/**
 * Wakes machines that are wanted and not connected, through an outside service. Topics and keys are derived from one
 * secret and numbers begin anew with each run, so nothing is kept for any machine.
 */
import { createHmac } from 'node:crypto';
import type { FastifyBaseLogger } from 'fastify';
import { hex } from '../../protocol/bytes.ts';
import type { Clock, Random, Timer } from '../../protocol/clock.ts';
import { limits } from '../../protocol/limits.ts';
import type { ToAgent } from '../../protocol/messages/agent.ts';
import type { WakeUpCounts } from '../../protocol/messages/live.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import { sealWakeUp } from '../../protocol/wake-up.ts';
import type { WakeUp } from '../../protocol/wake-up.ts';
import type { Bus } from '../bus/bus.ts';
import type { WakeUpSender } from './sender.ts';

export type WakeUpsNeeds = {
  readonly sender: WakeUpSender;
  /** 32 bytes that stay the same from run to run. */
  readonly secret: Uint8Array;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: FastifyBaseLogger;
  isOnline(agentId: string): boolean;
};

type Told = Pick<WakeUpCounts, 'received' | 'missed' | 'refused'>;

/** What is known of one machine in this run. */
type Sleeper = { number: number; sent: number; lastSentAt: number; lastPriority: WakeUp['priority']; told: Told; timer?: Timer | undefined; waiting?: WakeUp['priority'] | undefined };

export class WakeUps {
  readonly #needs: WakeUpsNeeds;
  readonly #run: number;
  readonly #sleepers = new Map<string, Sleeper>();
  readonly #unsubscribe: () => void;
  #underWay = 0;
  /** Machines whose turn has not come yet, and how urgent they are. */
  readonly #queue = new Map<string, WakeUp['priority']>();
  #isFailing = false;

  constructor(needs: WakeUpsNeeds) {
    this.#needs = needs;
    this.#run = needs.clock.now();
    this.#unsubscribe = needs.bus.subscribe('machines-wanted', ({ agentIds, isUrgent }) => agentIds.forEach((agentId) => this.#wake(agentId, isUrgent ? 'high' : 'low')));
  }

  /** What an agent is told at the start of its session, so that it can be woken when it is not connected. */
  channelOf(agentId: string): Extract<ToAgent, { kind: 'wake-up-channel' }> {
    const next = this.#sleeper(agentId).number + 1;
    return { kind: 'wake-up-channel', server: this.#needs.sender.server, topic: this.#topicOf(agentId), key: this.#derive('key', agentId), run: this.#run, next };
  }

  /** What an agent says became of the wake-ups it was sent. */
  note(agentId: string, told: Told): void {
    this.#sleeper(agentId).told = told;
  }

  /** All nought while nothing was ever sent to this machine or told by it. */
  countsOf(agentId: string): WakeUpCounts {
    const { sent, told } = this.#sleepers.get(agentId) ?? { sent: 0, told: { received: 0, missed: 0, refused: 0 } };
    return { sent, ...told };
  }

  close(): void {
    this.#unsubscribe();
    for (const { timer } of this.#sleepers.values()) timer?.cancel();
  }

  /** At most one in `limits.wakeUpEveryMs` for each machine, but a high one does not wait for a low one. */
  #wake(agentId: string, priority: WakeUp['priority']): void {
    if (this.#needs.isOnline(agentId)) return;
    const { clock } = this.#needs;
    const sleeper = this.#sleeper(agentId);
    const leftMs = sleeper.lastSentAt + limits.wakeUpEveryMs - clock.monotonic();
    const isUrgent = priority === 'high' && sleeper.lastPriority === 'low';
    if (leftMs <= 0 || isUrgent) return void this.#send(agentId, priority);
    sleeper.waiting = sleeper.waiting === 'high' ? 'high' : priority;
    sleeper.timer ??= clock.after(leftMs, () => {
      const { waiting } = sleeper;
      [sleeper.timer, sleeper.waiting] = [undefined, undefined];
      if (waiting !== undefined) this.#wake(agentId, waiting);
    });
  }

  /** No more at once than the service may be asked. Where it does not answer the rest is let go: those machines come at their next contact. */
  async #send(agentId: string, priority: WakeUp['priority']): Promise<void> {
    if (this.#underWay >= limits.maxWakeUpsAtOnce) return void this.#queue.set(agentId, this.#queue.get(agentId) === 'high' ? 'high' : priority);
    this.#underWay += 1;
    const sent = await this.#publish(agentId, this.#sleeper(agentId), priority);
    this.#underWay -= 1;
    if (!sent.ok) this.#queue.clear();
    if (!sent.ok && !this.#isFailing) this.#needs.log.warn({ code: sent.code, detail: sent.detail }, 'wake-ups cannot be sent');
    this.#isFailing = !sent.ok;
    const [next] = this.#queue;
    if (next === undefined) return;
    this.#queue.delete(next[0]);
    this.#wake(...next);
  }

  async #publish(agentId: string, sleeper: Sleeper, priority: WakeUp['priority']): Promise<Outcome<void>> {
    const { clock, random, sender } = this.#needs;
    sleeper.number += 1;
    [sleeper.lastSentAt, sleeper.lastPriority] = [clock.monotonic(), priority];
    const wakeUp = { id: hex(random(16)), run: this.#run, number: sleeper.number, priority, atMs: clock.now() };
    const text = await sealWakeUp(wakeUp, agentId, this.#derive('key', agentId));
    const sent = await sender.send(this.#topicOf(agentId), text, priority);
    if (sent.ok) sleeper.sent += 1;
    return sent;
  }

  #sleeper(agentId: string): Sleeper {
    const known = this.#sleepers.get(agentId);
    if (known !== undefined) return known;
    const made: Sleeper = { number: 0, sent: 0, lastSentAt: -Infinity, lastPriority: 'low', told: { received: 0, missed: 0, refused: 0 } };
    this.#sleepers.set(agentId, made);
    return made;
  }

  /** Nobody who does not know the secret finds it. The name before it lets a server's rules speak of all of them. */
  #topicOf(agentId: string): string {
    return `behest-${hex(this.#derive('topic', agentId)).slice(0, 32)}`;
  }

  #derive(what: 'topic' | 'key', agentId: string): Uint8Array {
    return new Uint8Array(createHmac('sha256', this.#needs.secret).update(`behest/1 wake-up ${what} ${agentId}`).digest());
  }
}
