/**
 * agent/contact/network: which network the machine is in, whether there is one at all, and when that changes.
 */

export type Network = {
  /** Whether a packet could leave: without this no attempt is made. */
  readonly isUp: boolean;
  /**
   * What tells this network from others, the surest first. More than one since the surest, the gateway's hardware address,
   * is known only once the machine has spoken with it.
   */
  readonly ids: readonly string[];
  /** Addresses and gateways: another text means that a new attempt is worth while and a link is in doubt. */
  readonly state: string;
  /** The interface through which packets leave, if that is known. */
  readonly device?: string | undefined;
};

export type NetworkWatch = {
  present(): Network;
  /** From now on `task` is called whenever `state` has changed. The result ends it. */
  watch(task: () => void): () => void;
};

/** For a network that never changes. */
export const steadyNetwork: NetworkWatch = {
  present: () => ({ isUp: true, ids: ['steady'], state: 'steady' }),
  watch: () => () => undefined,
};
