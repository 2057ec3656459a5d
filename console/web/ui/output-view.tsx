import { memo, useLayoutEffect, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import { CopyButton } from './copy.tsx';
import classes from './result.module.css';

export type OutputPartView = { readonly id: number; readonly kind: 'stdout' | 'stderr'; readonly text: string } | { readonly id: number; readonly kind: 'gap'; readonly bytes: number };

export type OutputViewProps = {
  readonly parts: readonly OutputPartView[];
  readonly running: boolean;
  /** Said below: how much was cut off at the machine. */
  readonly cut?: string | undefined;
  readonly text: () => string;
};

const nearEndPx = 24;

/** Output as it comes. It stays at its end unless somebody scrolled away, and says how to come back. */
export function OutputView({ parts, running, cut, text }: OutputViewProps): ReactNode {
  const box = useRef<HTMLDivElement>(null);
  const [follows, setFollows] = useState(true);
  useLayoutEffect(() => {
    if (follows && box.current !== null) box.current.scrollTop = box.current.scrollHeight;
  }, [parts, follows]);
  const scrolled = ({ currentTarget }: { currentTarget: HTMLDivElement }): void => {
    setFollows(currentTarget.scrollHeight - currentTarget.scrollTop - currentTarget.clientHeight < nearEndPx);
  };
  return (
    <div className={classes['output']}>
      <div className={classes['head']}>
        <h3>Output</h3>
        {parts.length === 0 ? null : <CopyButton text={text()} />}
      </div>
      <div ref={box} className={classes['outputBox']} onScroll={scrolled} tabIndex={0} role="log" aria-label="output" aria-live="off">
        {parts.length === 0 ? <span className="dim">{running ? 'Nothing yet.' : 'It wrote nothing.'}</span> : parts.map((part) => <Part key={part.id} part={part} />)}
      </div>
      {follows ? null : (
        <button type="button" className={classes['toEnd']} onClick={() => setFollows(true)}>
          To the end ↓
        </button>
      )}
      {cut === undefined ? null : <p className="small dim">{cut}</p>}
    </div>
  );
}

const Part = memo(function Part({ part }: { readonly part: OutputPartView }): ReactNode {
  if (part.kind === 'gap') return <span className={classes['gap']}>{part.bytes} bytes are not shown here: this page was too slow. They are kept; open the directive again to see them.</span>;
  return <span className={part.kind === 'stderr' ? classes['stderr'] : undefined}>{part.text}</span>;
});
