import { useState } from 'react';
import type { ReactNode } from 'react';
import { Icon } from './icon.tsx';
import { SchemaField } from './schema-field.tsx';
import type { FormField } from './schema-field.tsx';
import classes from './form.module.css';

export type SchemaFormProps = {
  readonly required: readonly FormField[];
  readonly optional: readonly FormField[];
  readonly values: Readonly<Record<string, unknown>>;
  /** Faults to show, by field name. */
  readonly errors: Readonly<Record<string, string>>;
  readonly onChange: (name: string, value: unknown) => void;
};

/** A form made from a schema: what is needed first, the rest folded away unless something in it is wrong. */
export function SchemaForm({ required, optional, values, errors, onChange }: SchemaFormProps): ReactNode {
  const [opened, setOpened] = useState(false);
  const open = opened || required.length === 0 || optional.some(({ name }) => errors[name] !== undefined);
  const show = (field: FormField, first: boolean): ReactNode => (
    <SchemaField key={field.name} field={field} value={values[field.name]} error={errors[field.name]} onChange={(value) => onChange(field.name, value)} focus={first} />
  );
  return (
    <div className={classes['form']}>
      {required.map((field, index) => show(field, index === 0))}
      {optional.length === 0 || required.length === 0 ? null : (
        <button type="button" className={classes['fold']} aria-expanded={open} onClick={() => setOpened(!open)}>
          <Icon name={open ? 'down' : 'right'} size={16} /> {open ? 'Further options' : `Further options: ${optional.map(({ label }) => label.toLowerCase()).join(', ')}`}
        </button>
      )}
      {open ? optional.map((field) => show(field, false)) : null}
    </div>
  );
}
