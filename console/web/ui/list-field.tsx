import { Input, Textarea } from '@mantine/core';
import { useState } from 'react';
import type { ReactNode } from 'react';
import classes from './form.module.css';

export type EntriesProps = { readonly label: string; readonly help: string; readonly required: boolean; readonly error: string | undefined; readonly value: unknown; readonly onChange: (value: unknown) => void };

/** A list of texts, one a line: quicker to type and paste than rows of boxes. */
export function ListField({ label, help, required, error, value, onChange }: EntriesProps): ReactNode {
  const entries = Array.isArray(value) ? value.map(String) : [];
  const [typed, setTyped] = useState(entries.join('\n'));
  const shown = linesOf(typed).join('\n') === entries.join('\n') ? typed : entries.join('\n');
  const change = (next: string): void => {
    setTyped(next);
    onChange(linesOf(next));
  };
  return (
    <Input.Wrapper label={label} description={`${help}${help === '' ? '' : ' '}One a line.`} required={required} error={error ?? false}>
      <Textarea aria-label={label} autosize minRows={2} maxRows={12} value={shown} onChange={(event) => change(event.currentTarget.value)} classNames={{ input: classes['mono'] ?? '' }} spellCheck={false} />
    </Input.Wrapper>
  );
}

/** Lines without a last empty one; an empty line within counts. */
function linesOf(text: string): string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n');
}
