/** The seam to the outside service that brings wake-ups to agents; another service gets a file beside ntfy.ts. */
import type { Outcome } from '../../protocol/outcome.ts';
import type { WakeUp } from '../../protocol/wake-up.ts';

export type WakeUpSender = {
  /** Where agents listen, as they are told. */
  readonly server: string;
  /** Publishes a text under a topic. Fails with `unreachable`, `timed-out` or `rate-limited`. */
  send(topic: string, text: string, priority: WakeUp['priority']): Promise<Outcome<void>>;
};
