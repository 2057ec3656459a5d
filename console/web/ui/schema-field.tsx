import { NumberInput, PasswordInput, Select, Switch, Textarea, TextInput } from '@mantine/core';
import type { ReactNode } from 'react';
import { ListField } from './list-field.tsx';
import { PairsField } from './pairs-field.tsx';
import classes from './form.module.css';

/** What a field of a form needs to be drawn; see state/form-model.ts. */
export type FormField = {
  readonly name: string;
  readonly label: string;
  readonly help: string;
  readonly kind: 'text' | 'lines' | 'secret' | 'number' | 'switch' | 'choice' | 'list' | 'pairs' | 'json';
  readonly required: boolean;
  readonly unit?: string;
  readonly choices?: readonly (string | number | boolean)[];
};

export type SchemaFieldProps = { readonly field: FormField; readonly value: unknown; readonly error: string | undefined; readonly onChange: (value: unknown) => void; readonly focus: boolean };

/** One field, by its kind. */
export function SchemaField({ field, value, error, onChange, focus }: SchemaFieldProps): ReactNode {
  const common = {
    label: field.label,
    description: field.help,
    error: error ?? false,
    required: field.required,
    'data-autofocus': focus,
    name: field.name,
    autoComplete: 'off',
    spellCheck: false,
  };
  switch (field.kind) {
    case 'number':
      return <NumberInput {...common} value={typeof value === 'number' ? value : ''} onChange={(next) => onChange(next === '' ? undefined : Number(next))} rightSection={unitOf(field)} rightSectionWidth={52} rightSectionPointerEvents="none" allowDecimal />;
    case 'switch':
      return <Switch label={field.label} description={field.help} name={field.name} checked={value === true} onChange={(event) => onChange(event.currentTarget.checked)} error={error ?? false} />;
    case 'choice':
      return <ChoiceField {...{ field, value, onChange }} common={common} />;
    case 'secret':
      return <PasswordInput {...common} autoComplete="new-password" value={text(value)} onChange={(event) => onChange(event.currentTarget.value)} />;
    case 'lines':
    case 'json':
      return <Textarea {...common} autosize minRows={field.kind === 'json' ? 3 : 2} maxRows={14} value={asJson(value)} onChange={(event) => onChange(event.currentTarget.value)} classNames={{ input: classes['mono'] ?? '' }} />;
    case 'list':
      return <ListField label={field.label} help={field.help} required={field.required} error={error} value={value} onChange={onChange} />;
    case 'pairs':
      return <PairsField label={field.label} help={field.help} required={field.required} error={error} value={value} onChange={onChange} />;
    case 'text':
      return <TextInput {...common} value={text(value)} onChange={(event) => onChange(event.currentTarget.value)} />;
  }
}

type ChoiceProps = { readonly field: FormField; readonly value: unknown; readonly onChange: (value: unknown) => void; readonly common: Record<string, unknown> };

function ChoiceField({ field, value, onChange, common }: ChoiceProps): ReactNode {
  const choices = field.choices ?? [];
  return (
    <Select
      {...common}
      data={choices.map(String)}
      value={value === undefined ? null : String(value)}
      onChange={(next) => onChange(choices.find((choice) => String(choice) === next))}
      clearable={!field.required}
      searchable={choices.length > 8}
    />
  );
}

function unitOf({ unit }: FormField): ReactNode {
  return unit === undefined ? null : <span className="dim small">{unit}</span>;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function asJson(value: unknown): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2);
}
