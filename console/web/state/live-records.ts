/**
 * Machines and directives as the live socket tells them, kept for the whole page.
 */
import type { Machine } from '../../../protocol/messages/live.ts';
import type { ConsoleClient, DirectiveView, Stop, TargetView } from './client-port.ts';
import { KeyedStore } from './keyed-store.ts';

export type LiveRecords = {
  readonly machines: KeyedStore<Machine>;
  readonly directives: KeyedStore<DirectiveView>;
  /** Begins to follow both topics; what is returned ends it. Needs somebody signed in. */
  follow(): Stop;
};

export function makeRecords(client: ConsoleClient): LiveRecords {
  const machines = new KeyedStore<Machine>();
  const directives = new KeyedStore<DirectiveView>();
  const follow = (): Stop => {
    const stops = [
      client.watchMachines({ machine: (machine) => machines.put(machine.id, machine), current: () => machines.complete() }),
      client.watchDirectives({
        directive: (directive) => directives.put(directive.id, directive),
        target: (id, target) => directives.change(id, (directive) => withTarget(directive, target)),
        counts: (id, counts) => directives.change(id, (directive) => ({ ...directive, counts })),
        current: () => directives.complete(),
        failed: () => directives.complete(),
      }),
    ];
    return () => stops.forEach((stop) => stop());
  };
  return { machines, directives, follow };
}

/** The directive with one machine's part replaced. */
export function withTarget(directive: DirectiveView, target: TargetView): DirectiveView {
  const known = directive.targets.some(({ agentId }) => agentId === target.agentId);
  const targets = known ? directive.targets.map((old) => (old.agentId === target.agentId ? target : old)) : [...directive.targets, target];
  return { ...directive, targets };
}
