/**
 * The handshake patterns of Noise rev 34 (sections 7 and 9) as data. A message is the list of its tokens;
 * a pre-message says whose static key the other side knows beforehand.
 */

export type Token = 'e' | 's' | 'ee' | 'es' | 'se' | 'ss' | 'psk';

export type Pattern = {
  /** Whose static keys are known before the first message, in the order in which they are hashed. */
  readonly preMessages: readonly ('initiator' | 'responder')[];
  /** First is the initiator's, then in turn. */
  readonly messages: readonly (readonly Token[])[];
};

const plainPatterns = {
  NK: { preMessages: ['responder'], messages: [['e', 'es'], ['e', 'ee']] },
  KK: { preMessages: ['initiator', 'responder'], messages: [['e', 'es', 'ss'], ['e', 'ee', 'se']] },
  IK: { preMessages: ['responder'], messages: [['e', 'es', 's', 'ss'], ['e', 'ee', 'se']] },
  XX: { preMessages: [], messages: [['e'], ['e', 'ee', 's', 'es'], ['s', 'se']] },
} as const satisfies Record<string, Pattern>;

type PlainName = keyof typeof plainPatterns;

export type PatternName = PlainName | `${PlainName}psk${0 | 1 | 2 | 3}`;

/** Finds a pattern by its name. `pskN` puts the token before message 1 (N = 0) or after message N (section 9.4). */
export function patternOf(name: PatternName): Pattern {
  const [plainName, pskPlace] = name.split('psk');
  const plain: Pattern = plainPatterns[plainName as PlainName];
  if (pskPlace === undefined) return plain;
  const place = Number(pskPlace);
  const messages = plain.messages.map((tokens, index): readonly Token[] => {
    if (place === 0 && index === 0) return ['psk', ...tokens];
    return place === index + 1 ? [...tokens, 'psk'] : tokens;
  });
  return { preMessages: plain.preMessages, messages };
}
