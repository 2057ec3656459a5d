import { useState } from 'react';
import type { ReactNode } from 'react';
import { Icon } from './icon.tsx';
import classes from './small.module.css';

const saidMs = 1500;

/** Copies a text and says so for a moment. */
export function CopyButton({ text, label = 'Copy' }: { readonly text: string; readonly label?: string }): ReactNode {
  const [said, setSaid] = useState<'copied' | 'not copied'>();
  const copy = (): void => {
    const say = (words: 'copied' | 'not copied'): void => {
      setSaid(words);
      setTimeout(() => setSaid(undefined), saidMs);
    };
    navigator.clipboard.writeText(text).then(() => say('copied'), () => say('not copied'));
  };
  return (
    <button type="button" className={classes['copy']} onClick={copy} aria-label={`${label}: ${text.slice(0, 80)}`}>
      <Icon name={said === 'copied' ? 'check' : 'copy'} size={14} />
      <span aria-live="polite">{said ?? label}</span>
    </button>
  );
}

/** A long id: its beginning shown, all of it on hover and copied. */
export function ShortId({ id }: { readonly id: string }): ReactNode {
  return (
    <span title={id}>
      <span className={classes['id']}>{id.slice(0, 8)}</span>
      <CopyButton text={id} label="" />
    </span>
  );
}

/** The same act as a command line, to copy. */
export function CommandBox({ text }: { readonly text: string }): ReactNode {
  return (
    <div className={classes['command']}>
      <div className={classes['commandHead']}>
        <span>The same in a terminal</span>
        <CopyButton text={text} />
      </div>
      <pre>{text}</pre>
    </div>
  );
}
