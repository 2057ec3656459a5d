/**
 * What is going on and what was done: directives, who gave them, where, and their signed ends.
 */
import { Button, Select } from '@mantine/core';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { useMemo, useRef } from 'react';
import type { ReactNode } from 'react';
import { targetStates } from '../../../../protocol/messages/live.ts';
import type { DirectiveView } from '../../state/client-port.ts';
import { useMachines } from '../../state/console-context.ts';
import { stateWords } from '../../state/directive-summary.ts';
import { filterDirectives } from '../../state/directive-filter.ts';
import { useAllDirectives } from '../../state/history.ts';
import { failureOf } from '../../state/queries.ts';
import { errorWords } from '../../state/words.ts';
import { Icon } from '../../ui/icon.tsx';
import { Key } from '../../ui/kbd.tsx';
import { useKeys } from '../../ui/keys.tsx';
import { Empty, FailureNote, SkeletonRows } from '../../ui/notes.tsx';
import { DirectiveRows } from './directive-rows.tsx';
import classes from './work.module.css';

const route = getRouteApi('/frame/work');

export function Work(): ReactNode {
  const { q = '', state, person, site } = route.useSearch();
  const history = useAllDirectives();
  const machines = useMachines().byId;
  const fitting = useMemo(() => filterDirectives(history.directives, { text: q, state, person, site }, machines), [history.directives, q, state, person, site, machines]);
  return (
    <div className={classes['view']}>
      <Tools all={history.directives} />
      {history.error === null ? null : <HistoryFailed error={history.error} onRetry={history.loadMore} />}
      {fitting.length > 0 ? <DirectiveRows directives={fitting} more={history} /> : <Nothing complete={history.complete} any={history.directives.length > 0} />}
    </div>
  );
}

function Tools({ all }: { readonly all: readonly DirectiveView[] }): ReactNode {
  const { q = '', state, person } = route.useSearch();
  const navigate = useNavigate();
  const input = useRef<HTMLInputElement>(null);
  const change = (part: { q?: string | undefined; state?: string | undefined; person?: string | undefined }): void => void navigate({ to: '/work', search: (old) => ({ ...old, ...part }), replace: true });
  const people = useMemo(() => [...new Set(all.map(({ signedBy }) => signedBy.name))].sort(), [all]);
  useKeys([{ keys: '/', label: 'Search', group: 'Work', run: () => input.current?.select() }]);
  return (
    <div className={classes['tools']}>
      <label className={classes['search']}>
        <Icon name="search" size={15} />
        <span className="visually-hidden">Search directives</span>
        <input ref={input} type="search" placeholder="primitive, parameter, machine …" value={q} onChange={(event) => change({ q: event.currentTarget.value || undefined })} onKeyDown={(event) => (event.key === 'Escape' ? input.current?.blur() : undefined)} spellCheck={false} autoComplete="off" />
        {q === '' ? <Key keys="/" /> : null}
      </label>
      <Select aria-label="State" placeholder="any state" clearable size="xs" w={140} data={targetStates.map((value) => ({ value, label: stateWords[value] }))} value={state ?? null} onChange={(value) => change({ state: value ?? undefined })} />
      <Select aria-label="Person" placeholder="anybody" clearable size="xs" w={140} data={people} value={person ?? null} onChange={(value) => change({ person: value ?? undefined })} />
    </div>
  );
}

function HistoryFailed({ error, onRetry }: { readonly error: Error; readonly onRetry: () => void }): ReactNode {
  const failure = failureOf(error);
  return (
    <div className={classes['pad']}>
      <FailureNote {...errorWords(failure.code)} what="Older directives could not be fetched." code={failure.code} detail={failure.detail} action={<Button variant="default" onClick={onRetry}>Try again</Button>} />
    </div>
  );
}

function Nothing({ complete, any }: { readonly complete: boolean; readonly any: boolean }): ReactNode {
  if (!complete) return <SkeletonRows />;
  if (any) return <Empty icon="search" title="No directive fits" actions={<Link to="/work">Show all</Link>}>Nothing among those loaded fits; older ones may.</Empty>;
  return (
    <Empty icon="work" title="Nothing was run yet" actions={<Link to="/machines">To the machines</Link>}>
      Choose a machine and press r. Everything that is run stands here with its author, its result and its signed report.
    </Empty>
  );
}
