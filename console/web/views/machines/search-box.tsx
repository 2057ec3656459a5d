import { Popover } from '@mantine/core';
import { useRef, useState } from 'react';
import type { ReactNode } from 'react';
import { searchOperators } from '../../../client/machine-search.ts';
import { Icon } from '../../ui/icon.tsx';
import { Key } from '../../ui/kbd.tsx';
import { useKeys } from '../../ui/keys.tsx';
import classes from './machines.module.css';

export type SearchBoxProps = { readonly value: string; readonly onChange: (text: string) => void; readonly unknown: readonly string[] };

/** Finds while one types; knows its operators and says so. */
export function SearchBox({ value, onChange, unknown }: SearchBoxProps): ReactNode {
  const input = useRef<HTMLInputElement>(null);
  const [focused, setFocused] = useState(false);
  useKeys([{ keys: '/', label: 'Search', group: 'Machines', run: () => input.current?.select() }]);
  const leave = (key: string): void => {
    if (key === 'Escape' && value !== '') onChange('');
    else if (key === 'Escape' || key === 'Enter') input.current?.blur();
  };
  return (
    <Popover opened={focused && (value === '' || unknown.length > 0)} position="bottom-start" trapFocus={false} transitionProps={{ duration: 0 }}>
      <Popover.Target>
        <label className={classes['search']}>
          <Icon name="search" size={15} />
          <span className="visually-hidden">Search machines</span>
          <input ref={input} type="search" value={value} placeholder="name, address, os:windows online:no …" onChange={(event) => onChange(event.currentTarget.value)} onKeyDown={(event) => leave(event.key)} onFocus={() => setFocused(true)} onBlur={() => setFocused(false)} spellCheck={false} autoComplete="off" />
          {value === '' ? <Key keys="/" /> : null}
        </label>
      </Popover.Target>
      <Popover.Dropdown className={classes['help'] ?? ''}>
        {unknown.length > 0 ? <p>“{unknown.join('”, “')}” is not an operator. These are:</p> : <p className="dim">Any word finds name, host, address, id, system. Narrow with:</p>}
        <dl>
          {Object.entries(searchOperators).map(([operator, help]) => (
            <div key={operator}>
              <dt className="mono">{operator}</dt>
              <dd className="dim">{help}</dd>
            </div>
          ))}
        </dl>
      </Popover.Dropdown>
    </Popover>
  );
}
