/**
 * What contact tells of itself to whoever shows it.
 */
import type { ErrorCode } from '../../protocol/errors.ts';
import type { ContactWay } from '../../protocol/messages/agent.ts';

export type ContactState =
  | { readonly state: 'connecting' }
  | ({ readonly state: 'connected' } & ContactWay)
  /** Between two contacts of a polling machine. */
  | { readonly state: 'polling'; readonly nextAttemptAtMs: number }
  /** Without a time it waits for the network to come back or to change. */
  | { readonly state: 'waiting'; readonly code: ErrorCode; readonly detail: string; readonly nextAttemptAtMs?: number }
  | { readonly state: 'stopped' };
