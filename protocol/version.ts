/**
 * The protocol level: one number for everything that crosses between agent, intermediary and console.
 *
 * History
 * - 1 (2026-11): Noise NKpsk0 with rolling key; sessions; DSSE statements root, policy, directive, cancel, report.
 */
export const protocolLevel = 1;

/** The oldest level this code still speaks. */
export const oldestProtocolLevel = 1;
