/** Who is connected here, and what is known of them only while they are. */
import type { AgentConnection } from './agent-connection.ts';

export class Presence {
  readonly #connections = new Map<string, AgentConnection>();

  get(agentId: string): AgentConnection | undefined {
    return this.#connections.get(agentId);
  }

  get all(): Iterable<AgentConnection> {
    return this.#connections.values();
  }

  get size(): number {
    return this.#connections.size;
  }

  /** The connection of an agent that is there at this moment. */
  online(agentId: string): AgentConnection | undefined {
    const connection = this.#connections.get(agentId);
    return connection?.isOnline === true ? connection : undefined;
  }

  /** Notes a connection and gives the one that it replaces. */
  put(connection: AgentConnection): AgentConnection | undefined {
    const before = this.#connections.get(connection.agentId);
    this.#connections.set(connection.agentId, connection);
    return before;
  }

  /** False when it was replaced already. */
  remove(connection: AgentConnection): boolean {
    if (this.#connections.get(connection.agentId) !== connection) return false;
    return this.#connections.delete(connection.agentId);
  }
}
