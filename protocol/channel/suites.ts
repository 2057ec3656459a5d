/** The Noise suites of protocol level 1. */
import type { HelloMode } from './frames.ts';
import type { NoiseSuite } from './noise/handshake-state.ts';

export const suites = {
  session: { pattern: 'NKpsk0', cipher: 'AESGCM', hash: 'SHA256' },
  identify: { pattern: 'NK', cipher: 'AESGCM', hash: 'SHA256' },
} as const satisfies Record<HelloMode, NoiseSuite>;
