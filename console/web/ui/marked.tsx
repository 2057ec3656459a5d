import type { ReactNode } from 'react';

/** A text with the words that were searched for marked in it. */
export function Marked({ text, words }: { readonly text: string; readonly words: readonly string[] }): ReactNode {
  const found = words.map((word) => ({ at: text.toLowerCase().indexOf(word), length: word.length })).filter(({ at }) => at >= 0);
  const first = found.sort((left, right) => left.at - right.at)[0];
  if (first === undefined || first.length === 0) return text;
  const end = first.at + first.length;
  return (
    <>
      {text.slice(0, first.at)}
      <mark>{text.slice(first.at, end)}</mark>
      <Marked text={text.slice(end)} words={words} />
    </>
  );
}
