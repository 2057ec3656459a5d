/**
 * Colour, only for state, only on a terminal.
 */
import { styleText } from 'node:util';

export type Tone = 'good' | 'bad' | 'waiting' | 'quiet' | 'strong';

const styles = { good: 'green', bad: 'red', waiting: 'magenta', quiet: 'gray', strong: 'bold' } as const;

/** Paints text in a tone, or leaves it as it is. */
export type Paint = (tone: Tone, text: string) => string;

export function painter(coloured: boolean): Paint {
  return (tone, text) => (coloured ? styleText(styles[tone], text, { validateStream: false }) : text);
}

/** The tone of a directive's state on a machine. */
export function toneOf(state: string): Tone {
  if (state === 'succeeded') return 'good';
  if (state === 'failed' || state === 'refused' || state === 'interrupted') return 'bad';
  return state === 'waiting' ? 'waiting' : 'quiet';
}
