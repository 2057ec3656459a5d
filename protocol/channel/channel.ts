/**
 * The channel makes the frames of any transport private and mutual: a Noise handshake under a key that changes with every session,
 * a proof of the agent's identity, then sealed records. An agent opens, the intermediary accepts; the frames are described in frames.ts,
 * the rolling key in chain.ts. This file is what the other rooms import.
 */
export { acceptChannel, loadStaticKey, type AcceptedChannel, type AcceptOptions, type StaticKey } from './accept-channel.ts';
export { chainKeys, nextChain, type Chain, type ChainKeys } from './chain.ts';
export { agentIdOf } from './identity.ts';
export type { EnrolmentKey, KeyFinding, KeyRegistry, KeyStep, LiveKey, RetiredKey, StrayAgent } from './key-registry.ts';
export { openChannel, type AgentKeys, type OpenedChannel, type OpenOptions } from './open-channel.ts';
export type { RejectCode } from './reject.ts';
export { maxPlainBytes, type ChannelHandlers, type SecureChannel } from './secure-channel.ts';
export { UnderWay } from './under-way.ts';
