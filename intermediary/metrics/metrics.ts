/**
 * Figures for Prometheus. Counted from the bus and read from those who know, so that nobody else needs to know of them.
 */
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import type { Bus } from '../bus/bus.ts';

export type Gauges = Readonly<Record<'sessions' | 'handshakes' | 'machines' | 'liveSockets', () => number>>;

export class Metrics {
  readonly #registry = new Registry();

  constructor(bus: Bus, gauges: Gauges) {
    collectDefaultMetrics({ register: this.#registry });
    this.#gauge('behest_sessions', 'Agents with a session here.', gauges.sessions);
    this.#gauge('behest_open_handshakes', 'Handshakes under way.', gauges.handshakes);
    this.#gauge('behest_machines', 'Machines enrolled.', gauges.machines);
    this.#gauge('behest_live_sockets', 'Consoles connected.', gauges.liveSockets);
    const accepted = this.#counter('behest_directives_accepted_total', 'Directives accepted.');
    bus.subscribe('directive-added', () => accepted.inc());
    const ended = new Counter({ name: 'behest_targets_ended_total', help: 'Targets that came to their end, by state.', labelNames: ['state'], registers: [this.#registry] });
    bus.subscribe('target-changed', ({ target }) => {
      if (target.report !== undefined || target.state === 'expired' || target.state === 'cancelled') ended.inc({ state: target.state });
    });
    const output = this.#counter('behest_output_bytes_total', 'Bytes of output kept.');
    bus.subscribe('output-kept', ({ piece }) => output.inc(piece.bytes.byteLength));
    const forks = this.#counter('behest_forks_total', 'Machines quarantined because a copy called.');
    bus.subscribe('machine-forked', () => forks.inc());
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  #gauge(name: string, help: string, read: () => number): void {
    const gauge: Gauge = new Gauge({ name, help, registers: [this.#registry], collect: () => gauge.set(read()) });
  }

  #counter(name: string, help: string): Counter {
    return new Counter({ name, help, registers: [this.#registry] });
  }
}
