/**
 * Numbers that look random and come again for the same seed (mulberry32), for tests that must be repeatable.
 */
export type Seeded = {
  /** A whole number from 0 to `below` - 1. */
  below(below: number): number;
  bytes(length: number): Uint8Array;
};

export function seeded(seed: number): Seeded {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const below = (limit: number): number => next() % limit;
  return { below, bytes: (length) => Uint8Array.from({ length }, () => below(256)) };
}
