/**
 * What the channel asks of the intermediary's store. It holds one live key per agent: a window of several accepted ones would hide a clone for ever.
 */
import type { ErrorCode } from '../errors.ts';
import type { Outcome } from '../outcome.ts';
import type { Chain } from './chain.ts';
import type { RejectCode } from './reject.ts';
import type { UnderWay } from './under-way.ts';

export type LiveKey = { readonly status: 'live'; readonly agentId: string; readonly identityKey: Uint8Array; readonly chain: Chain };
export type EnrolmentKey = { readonly status: 'enrolment'; readonly enrolmentId: string; readonly chain: Chain };
export type RetiredKey = { readonly status: 'retired'; readonly agentId: string; readonly identityKey: Uint8Array };

/** What is known of a key id. Identity keys are raw Ed25519, 32 bytes. */
export type KeyFinding = LiveKey | EnrolmentKey | RetiredKey | { readonly status: 'refused'; readonly code: RejectCode };

/** One turn of the rolling key, by an agent that has proved itself. */
export type KeyStep = {
  readonly finding: LiveKey | EnrolmentKey;
  readonly agentId: string;
  readonly identityKey: Uint8Array;
  readonly next: Chain;
  readonly nextKeyId: Uint8Array;
  /** As the agent sent it; in an enrolment it begins with the identity key. */
  readonly introduction: Uint8Array;
  readonly remoteAddress: string;
};

/** An agent that is out of step, as it has proved and offered. */
export type StrayAgent = {
  readonly agentId: string;
  readonly identityKey: Uint8Array;
  readonly shown: 'retired' | 'unknown';
  readonly shownKeyId: Uint8Array;
  /** To begin anew with. Its key id tells this copy of the agent from any other. */
  readonly chain: Chain;
  readonly copyId: Uint8Array;
  readonly remoteAddress: string;
};

export type KeyRegistry = {
  /** One for all calls. */
  readonly underWay: UnderWay;
  find(keyId: Uint8Array): Promise<KeyFinding>;
  /**
   * One transaction, durable when it resolves: the live key is still that of `finding`, becomes `next`, and is retired; or the enrolment is used
   * and the agent made. Of two steps from the same live key the second fails with `conflict`. Gives the welcome, at most `maxPlainBytes` - 1 bytes.
   * A failure reaches the agent by its code if that is a `RejectCode`, else as `internal`.
   */
  commit(step: KeyStep): Promise<Outcome<Uint8Array>>;
  /**
   * A valid identity signature under a key id that is retired (a copy or an old state of this agent is calling) or unknown
   * (that, or this side has forgotten). The owners' consent, at most `maxPlainBytes` - 1 bytes, once `chain` is its one live
   * key, durably; the same again to the same copy, since the answer may have been lost. Else the refusal: `identity-refused` where
   * no such agent is known.
   */
  outOfStep(stray: StrayAgent): Promise<Outcome<Uint8Array>>;
  /** Once for each call that came to nothing, for the log and for rate limits. `keyId` is the last one shown, if any. */
  failed(event: { readonly code: ErrorCode; readonly keyId?: Uint8Array; readonly remoteAddress: string }): void;
};
