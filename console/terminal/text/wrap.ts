/**
 * Text of several words in lines that fit.
 */
import { plain } from './plain.ts';

const narrowest = 20;

/** Lines of at most `width` letters, each set in by `indent` spaces; a word too long stands alone and whole. */
export function wrap(text: string, width: number, indent = 0): string[] {
  const room = Math.max(narrowest, width - indent);
  const lines: string[] = [];
  for (const word of plain(text).split(' ').filter((part) => part !== '')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > room) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines.map((line) => ' '.repeat(indent) + line);
}
