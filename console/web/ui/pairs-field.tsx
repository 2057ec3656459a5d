import { ActionIcon, Button, Input, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { Icon } from './icon.tsx';
import type { EntriesProps } from './list-field.tsx';
import classes from './form.module.css';

type Pair = { readonly id: number; readonly key: string; readonly value: string };

/** Names and values of one's own choice: environment variables, headers. */
export function PairsField({ label, help, required, error, value, onChange }: EntriesProps): ReactNode {
  const [pairs, setPairs] = useState<readonly Pair[]>(() => pairsOf(value));
  const change = (next: readonly Pair[]): void => {
    setPairs(next);
    onChange(Object.fromEntries(next.filter(({ key }) => key !== '').map((pair) => [pair.key, pair.value])));
  };
  const edit = (id: number, part: Partial<Pair>): void => change(pairs.map((pair) => (pair.id === id ? { ...pair, ...part } : pair)));
  const add = (): void => change([...pairs, { id: 1 + Math.max(0, ...pairs.map(({ id }) => id)), key: '', value: '' }]);
  return (
    <Input.Wrapper label={label} description={help} required={required} error={error ?? false}>
      <div className={classes['pairs']}>
        {pairs.map(({ id, key, value: text }) => (
          <div key={id} className={classes['pair']}>
            <TextInput aria-label={`${label}: name`} placeholder="name" value={key} onChange={(event) => edit(id, { key: event.currentTarget.value })} spellCheck={false} />
            <TextInput aria-label={`${label}: value of ${key}`} placeholder="value" value={text} onChange={(event) => edit(id, { value: event.currentTarget.value })} spellCheck={false} />
            <ActionIcon variant="subtle" color="gray" aria-label={`remove ${key}`} onClick={() => change(pairs.filter((pair) => pair.id !== id))}>
              <Icon name="close" size={14} />
            </ActionIcon>
          </div>
        ))}
        <Button variant="subtle" size="compact-xs" leftSection={<Icon name="plus" size={14} />} onClick={add} justify="start">
          Add
        </Button>
      </div>
    </Input.Wrapper>
  );
}

function pairsOf(value: unknown): readonly Pair[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).map(([key, text], id) => ({ id, key, value: String(text) }));
}
