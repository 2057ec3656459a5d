import { useMemo, useRef, useState } from 'react';
import type { KeyboardEvent, ReactNode } from 'react';
import { risks } from '../../../../protocol/primitive.ts';
import type { PrimitiveDescription } from '../../../../protocol/primitive.ts';
import { Icon } from '../../ui/icon.tsx';
import { useKeys } from '../../ui/keys.tsx';
import { Marked } from '../../ui/marked.tsx';
import { RiskMark } from '../../ui/risk-mark.tsx';
import { Key } from '../../ui/kbd.tsx';
import classes from './run.module.css';

export type PrimitivePickerProps = { readonly primitives: readonly PrimitiveDescription[]; readonly onChoose: (name: string) => void };

/** What can be run here, found by what one would call it. */
export function PrimitivePicker({ primitives, onChoose }: PrimitivePickerProps): ReactNode {
  const [query, setQuery] = useState('');
  const [at, setAt] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  useKeys([{ keys: '/', label: 'Search the primitives', group: 'Run', run: () => input.current?.select() }]);
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const fitting = useMemo(() => findPrimitives(primitives, query), [primitives, query]);
  const press = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) setAt(Math.max(0, Math.min(fitting.length - 1, at + step)));
    const chosen = fitting[at];
    if (event.key === 'Enter' && chosen !== undefined) onChoose(chosen.name);
    if (step !== undefined) event.preventDefault();
  };
  return (
    <div className={classes['picker']}>
      <label className={classes['search']}>
        <Icon name="search" size={15} />
        <span className="visually-hidden">Search what can be run</span>
        <input ref={input} autoFocus type="search" placeholder="What should it do?" value={query} onChange={(event) => { setQuery(event.currentTarget.value); setAt(0); }} onKeyDown={press} spellCheck={false} autoComplete="off" />
        <Key keys="/" />
      </label>
      <ul className={classes['primitives']}>
        {fitting.map((primitive, index) => (
          <li key={primitive.name}>
            <button type="button" data-current={index === at && query !== ''} onClick={() => onChoose(primitive.name)}>
              <span className={classes['primitiveHead']}>
                <strong><Marked text={primitive.title} words={words} /></strong>
                <code className="dim"><Marked text={primitive.name} words={words} /></code>
                <RiskMark risk={primitive.risk} />
              </span>
              <span className="dim">{primitive.description}</span>
            </button>
          </li>
        ))}
      </ul>
      {fitting.length === 0 ? <p className="dim">Nothing fits “{query}”.</p> : null}
    </div>
  );
}

/** Those in which every word occurs; a name or title that fits comes before a description that does. */
export function findPrimitives(primitives: readonly PrimitiveDescription[], query: string): readonly PrimitiveDescription[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const named = ({ name, title }: PrimitiveDescription): boolean => words.every((word) => `${name} ${title}`.toLowerCase().includes(word));
  return primitives
    .filter(({ name, title, description }) => words.every((word) => `${name} ${title} ${description}`.toLowerCase().includes(word)))
    .toSorted((left, right) => Number(named(right)) - Number(named(left)) || risks.indexOf(left.risk) - risks.indexOf(right.risk) || left.name.localeCompare(right.name));
}
