/**
 * What can be looked up: the primitives, the policy, and how this page is set.
 */
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { useRef } from 'react';
import type { ReactNode } from 'react';
import { platforms } from '../../../../protocol/primitive.ts';
import type { PrimitiveDescription } from '../../../../protocol/primitive.ts';
import { platformNames, schemaWords } from '../../../client/schema-words.ts';
import { useMachines } from '../../state/console-context.ts';
import { commandLine } from '../../state/command-line.ts';
import { allFields, formModel } from '../../state/form-model.ts';
import { useKnownPrimitives, useMachinesWith } from '../../state/known-primitives.ts';
import { counted } from '../../state/words.ts';
import { CommandBox } from '../../ui/copy.tsx';
import { Icon } from '../../ui/icon.tsx';
import { useKeys } from '../../ui/keys.tsx';
import { Empty, SkeletonRows } from '../../ui/notes.tsx';
import { RiskMark } from '../../ui/risk-mark.tsx';
import { findPrimitives } from '../run/primitive-picker.tsx';
import classes from './reference.module.css';

const route = getRouteApi('/frame/library');

/** Every primitive that the machines here know, with its parameters and its result, from its schemas. */
export function Library(): ReactNode {
  const { q = '', primitive: name } = route.useSearch();
  const navigate = useNavigate();
  const input = useRef<HTMLInputElement>(null);
  const all = useKnownPrimitives();
  const { complete, byId } = useMachines();
  const change = (part: { q?: string | undefined; primitive?: string | undefined }): void => void navigate({ to: '/library', search: (old) => ({ ...old, ...part }), replace: true });
  useKeys([
    { keys: '/', label: 'Search', group: 'Library', run: () => input.current?.select() },
    { keys: 'Escape', label: 'Back to the list', group: 'Library', run: () => change({ primitive: undefined }) },
  ]);
  if (all.length === 0) return complete && byId.size === 0 ? <Empty icon="library" title="Nothing to show yet">What can be run is told by the agents. As soon as the first machine has called, its primitives stand here.</Empty> : <SkeletonRows />;
  const fitting = findPrimitives(all, q).toSorted((left, right) => left.name.localeCompare(right.name));
  const shown = all.find((each) => each.name === name);
  return (
    <div className={classes['reference']} data-open={shown !== undefined}>
      <div className={classes['index']}>
        <label className={classes['search']}>
          <Icon name="search" size={15} />
          <span className="visually-hidden">Search the primitives</span>
          <input ref={input} type="search" placeholder="What can I run?" value={q} onChange={(event) => change({ q: event.currentTarget.value || undefined })} spellCheck={false} autoComplete="off" />
        </label>
        <ul>
          {fitting.map((each) => (
            <li key={each.name}>
              <button type="button" aria-current={each.name === name} onClick={() => change({ primitive: each.name })}>
                <code>{each.name}</code>
                <span className="dim">{each.title}</span>
              </button>
            </li>
          ))}
        </ul>
      </div>
      <div className={classes['page']}>{shown === undefined ? <Empty icon="library" title={`${all.length} primitives`}>Each does one thing on a machine. Choose one to see what it takes and gives.</Empty> : <Reference key={shown.name} primitive={shown} onBack={() => change({ primitive: undefined })} />}</div>
    </div>
  );
}

function Reference({ primitive, onBack }: { readonly primitive: PrimitiveDescription; readonly onBack: () => void }): ReactNode {
  const example = Object.fromEntries(allFields(formModel(primitive.params)).filter(({ required }) => required).map(({ name }) => [name, '…']));
  return (
    <article className={classes['reference']}>
      <button type="button" className={classes['back']} onClick={onBack}>
        <Icon name="left" size={15} /> All
      </button>
      <header>
        <h1>{primitive.title}</h1>
        <code>{primitive.name}</code>
        <RiskMark risk={primitive.risk} />
      </header>
      <p>{primitive.description}</p>
      <Systems primitive={primitive} />
      <SchemaTable title="Takes" schema={primitive.params} none="No parameters." />
      <SchemaTable title="Gives" schema={primitive.result} none="No result beyond its end." />
      {primitive.streams === 'none' ? null : <p className="dim">{primitive.streams === 'live' ? 'Carries a live stream, sealed between browser and machine.' : 'Its output is shown while it runs.'}</p>}
      <CommandBox text={commandLine({ machines: ['MACHINE'], primitive: primitive.name, params: example })} />
      <Holders primitive={primitive.name} />
    </article>
  );
}

function Systems({ primitive }: { readonly primitive: PrimitiveDescription }): ReactNode {
  return (
    <ul className={classes['systems']} aria-label="Systems">
      {platforms.map((platform) => {
        const has = primitive.platforms.includes(platform);
        return (
          <li key={platform} data-has={has}>
            <Icon name={has ? 'check' : 'close'} size={13} /> {platformNames[platform]}<span className="visually-hidden">: {has ? 'yes' : 'no'}</span>
          </li>
        );
      })}
    </ul>
  );
}

const holdersShown = 12;

/** The machines here that have it: one step to running it there. */
function Holders({ primitive }: { readonly primitive: string }): ReactNode {
  const { byId } = useMachines();
  const machines = useMachinesWith(primitive);
  return (
    <section>
      <h2>On {counted(machines.length, 'machine')} of {byId.size.toLocaleString('en')}</h2>
      <ul className={classes['holders']}>
        {machines.slice(0, holdersShown).map(({ id, name, online }) => (
          <li key={id}>
            <Link to="/machines/$machineId/$tab" params={{ machineId: id, tab: 'run' }} search={{ primitive }}>{name}</Link>
            {online ? null : <span className="dim small"> off line</span>}
          </li>
        ))}
        {machines.length > holdersShown ? <li className="dim">and {(machines.length - holdersShown).toLocaleString('en')} more</li> : null}
      </ul>
    </section>
  );
}

function SchemaTable({ title, schema, none }: { readonly title: string; readonly schema: Readonly<Record<string, unknown>>; readonly none: string }): ReactNode {
  const rows = schemaWords(schema);
  return (
    <section>
      <h2>{title}</h2>
      {rows.length === 0 ? <p className="dim">{none}</p> : null}
      <dl className={classes['schema']}>
        {rows.map(({ name, type, required, help }) => (
          <div key={name}>
            <dt>
              <code>{name}</code>
              <span className="dim small">{type}{required ? '' : ', optional'}</span>
            </dt>
            <dd>{help === '' ? <span className="dim">—</span> : help}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
