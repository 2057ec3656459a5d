/**
 * Sessions with agents: takes each new transport through handshake and hello, keeps one live session for each agent, and
 * brings every agent what the owners have signed anew.
 */
import { sameBytes } from '../../protocol/bytes.ts';
import { acceptChannel } from '../../protocol/channel/channel.ts';
import type { StaticKey } from '../../protocol/channel/channel.ts';
import type { Random } from '../../protocol/clock.ts';
import { covers } from '../../protocol/contact-settings.ts';
import { limits } from '../../protocol/limits.ts';
import { success } from '../../protocol/outcome.ts';
import { admitSession } from '../../protocol/session/hello.ts';
import type { Session } from '../../protocol/session/session.ts';
import type { Transport } from '../../protocol/transport.ts';
import type { News } from '../bus/bus.ts';
import { findMachine, markSeen } from '../store/machines.ts';
import { AgentConnection } from './agent-connection.ts';
import type { ConnectionNeeds, ProvenAgent } from './agent-connection.ts';
import type { StoredKeys } from './key-registry.ts';
import { Presence } from './presence.ts';

export type SessionsNeeds = ConnectionNeeds & { readonly keys: StoredKeys; readonly staticKey: StaticKey; readonly random: Random };

export class Sessions {
  readonly presence = new Presence();
  readonly #needs: SessionsNeeds;
  readonly #unsubscribe: readonly (() => void)[];
  /** Transports under way to a session. */
  readonly #arriving = new Set<Transport>();

  constructor(needs: SessionsNeeds) {
    this.#needs = needs;
    this.#unsubscribe = [
      needs.bus.subscribe('policy-changed', ({ version }) => this.#bringAll({ policyVersion: version - 1 })),
      needs.bus.subscribe('root-changed', ({ version }) => this.#bringAll({ rootVersion: version - 1 })),
      needs.bus.subscribe('contact-changed', (settings) => this.#bringContact(settings)),
      // what was begun under other circumstances ends: the agent comes again, if it may
      needs.bus.subscribe('machine-forked', ({ agentId }) => this.presence.get(agentId)?.close()),
      needs.bus.subscribe('machine-resynced', ({ agentId }) => this.presence.get(agentId)?.close()),
    ];
  }

  get arriving(): number {
    return this.#arriving.size;
  }

  /** Whether there is room for another handshake, and the address has not failed too often. */
  isWelcome(remoteAddress: string): boolean {
    return this.#arriving.size < limits.maxOpenHandshakes && !this.#needs.keys.isBarred(remoteAddress);
  }

  /** Takes a transport in; whatever is wrong ends that transport and nothing else. */
  async admit(transport: Transport): Promise<void> {
    this.#arriving.add(transport);
    try {
      await this.#shakeHands(transport);
    } catch (error) {
      this.#needs.log.error({ err: error, remoteAddress: transport.remoteAddress }, 'an arriving agent broke something');
      transport.close();
    } finally {
      this.#arriving.delete(transport);
    }
  }

  /** Ends every session. Agents come again. */
  close(): void {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    for (const transport of this.#arriving) transport.close();
    for (const connection of this.presence.all) connection.close();
  }

  async #shakeHands(transport: Transport): Promise<void> {
    const { keys: registry, staticKey, clock, random, store } = this.#needs;
    const accepted = await acceptChannel(transport, { staticKey, registry, clock });
    if (!accepted.ok) return;
    const { channel, agentId } = accepted.value;
    const machine = await findMachine(store.read, agentId);
    if (machine === undefined) return channel.close();
    const agent = { agentId, identityKey: machine.identity_key, quarantined: machine.quarantined === 1 };
    const find = (id: Uint8Array): Session | undefined => this.#liveSession(agentId, id);
    const admitted = await admitSession(channel, { find, make: (id) => this.#begin(agent, id, transport), random, clock });
    if (!admitted.ok || !admitted.value.resumed) return;
    this.presence.get(agentId)?.movedTo(transport);
    this.#needs.bus.publish('machine-changed', { agentId });
  }

  #liveSession(agentId: string, id: Uint8Array): Session | undefined {
    const session = this.presence.get(agentId)?.session;
    return session !== undefined && sameBytes(session.id, id) ? session : undefined;
  }

  /** A newer session replaces the older: one agent is one process, so the older is what is left of a cut. */
  #begin(agent: ProvenAgent, id: Uint8Array, transport: Transport): Session {
    const connection = new AgentConnection(this.#needs, agent, { id, transport, ended: (ended) => this.#ended(ended) });
    this.presence.put(connection)?.close();
    this.#needs.bus.publish('machine-changed', { agentId: agent.agentId });
    return connection.session;
  }

  #ended(connection: AgentConnection): void {
    if (!this.presence.remove(connection)) return;
    const { store, clock, bus } = this.#needs;
    const { agentId } = connection;
    const seenAtMs = connection.isOnline ? clock.now() : connection.sinceMs; // what is left of it may have waited long for another link
    void store.write(async (tx) => success(await markSeen(tx, agentId, seenAtMs))).then(() => bus.publish('machine-changed', { agentId }));
  }

  #bringAll(newer: { readonly rootVersion?: number; readonly policyVersion?: number }): void {
    const { statements } = this.#needs;
    for (const connection of this.presence.all) {
      connection.bringStatements(newer.rootVersion ?? statements.root.version, newer.policyVersion ?? statements.policy.version);
    }
  }

  #bringContact(settings: News['contact-changed']): void {
    for (const connection of this.presence.all) {
      const { agentId } = connection;
      if (covers(settings.scope, { agentId, site: this.#needs.machines.get(agentId)?.site ?? '' })) connection.bringContact(settings);
    }
  }
}
