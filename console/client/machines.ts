/**
 * Finding machines: all that the person may reach, one by the name or id that was typed, and what each can do.
 */
import { limits } from '../../protocol/limits.ts';
import { MachinePrimitives } from '../../protocol/messages/live.ts';
import type { Machine } from '../../protocol/messages/live.ts';
import { failure, success } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import type { PrimitiveDescription } from '../../protocol/primitive.ts';
import { nearest } from './did-you-mean.ts';
import { answerReader } from './http.ts';
import type { Api } from './http.ts';
import type { LiveSocket } from './live-socket.ts';

const readPrimitives = answerReader(MachinePrimitives);

export function primitivesOf(api: Api, agentId: string): Promise<Outcome<PrimitiveDescription[]>> {
  return api.get(`/api/machines/${agentId}/primitives`, readPrimitives);
}

/** The machines as they are now and as they change. */
export class MachineWatch {
  readonly #machines = new Map<string, Machine>();
  readonly #stop: () => void;
  readonly #tasks: Set<(machine: Machine) => void>;
  /** Resolves when the present state is complete. */
  readonly ready: Promise<Outcome<void>>;

  constructor(live: LiveSocket, changed: (machine: Machine) => void = () => {}) {
    this.#tasks = new Set([changed]);
    const { promise, resolve } = Promise.withResolvers<Outcome<void>>();
    this.ready = promise;
    this.#stop = live.watch(
      { of: 'machines' },
      {
        event: (message) => {
          if (message.kind !== 'machine') return;
          this.#machines.set(message.machine.id, message.machine);
          for (const task of this.#tasks) task(message.machine);
        },
        current: () => resolve(success(undefined)),
        failed: resolve,
      },
    );
  }

  /** By name, then by id. */
  get all(): Machine[] {
    return [...this.#machines.values()].sort((left, right) => left.name.localeCompare(right.name) || left.id.localeCompare(right.id));
  }

  get(agentId: string): Machine | undefined {
    return this.#machines.get(agentId);
  }

  /** Calls `task` after each change; the result stops that. */
  onChanged(task: (machine: Machine) => void): () => void {
    this.#tasks.add(task);
    return () => void this.#tasks.delete(task);
  }

  stop(): void {
    this.#stop();
  }
}

/** The one machine of this name, id, or beginning of an id (6 digits at least). Names are compared without case. */
export function resolveMachine(machines: readonly Machine[], typed: string): Outcome<Machine> {
  const wanted = typed.toLowerCase();
  const found = [
    machines.filter(({ id }) => id === wanted),
    machines.filter(({ name }) => name.toLowerCase() === wanted),
    /^[0-9a-f]{6,}$/.test(wanted) ? machines.filter(({ id }) => id.startsWith(wanted)) : [],
  ].find((group) => group.length > 0);
  if (found === undefined) return failure('no-such-machine', `${typed} is not known${suggestion(machines, wanted)}`);
  const [only, ...others] = found;
  if (only !== undefined && others.length === 0) return success(only);
  return failure('ambiguous-machine', `${found.length} machines are called ${typed}: ${found.slice(0, limits.suggestions).map(({ id }) => id).join(', ')}`);
}

function suggestion(machines: readonly Machine[], typed: string): string {
  const near = nearest(typed, machines.map(({ name }) => name));
  return near === undefined ? '' : ` (did you mean ${near}?)`;
}
