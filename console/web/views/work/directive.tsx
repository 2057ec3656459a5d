/**
 * One directive: what was asked, by whom, and how it stands on each machine.
 */
import { Button } from '@mantine/core';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { targetStates } from '../../../../protocol/messages/live.ts';
import type { TargetState } from '../../../../protocol/messages/live.ts';
import type { Failure } from '../../../../protocol/outcome.ts';
import { countOf, unsuccessful } from '../../../client/fleet.ts';
import type { DirectiveView } from '../../state/client-port.ts';
import { commandLine } from '../../state/command-line.ts';
import { useConsole, useMachines } from '../../state/console-context.ts';
import { countsOf, isFinished, machineCount, overallState, paramsLine, stateWords } from '../../state/directive-summary.ts';
import { targetsIn } from '../../state/queries.ts';
import { useDirective } from '../../state/use-directive.ts';
import { counted, errorWords } from '../../state/words.ts';
import { CommandBox, ShortId } from '../../ui/copy.tsx';
import { useKeys } from '../../ui/keys.tsx';
import { Empty, FailureNote, SkeletonRows } from '../../ui/notes.tsx';
import { Facts, PageBody, Section } from '../../ui/page.tsx';
import { ResultView } from '../../ui/result-view.tsx';
import { StateBadge, StateBar } from '../../ui/state-badge.tsx';
import { ClockTime } from '../../ui/time.tsx';
import { TargetResult } from './target-result.tsx';
import { TargetRows } from './target-rows.tsx';
import { useCancel } from './use-cancel.ts';
import classes from './work.module.css';

const route = getRouteApi('/frame/work/$directiveId');

export function DirectivePage(): ReactNode {
  const { directiveId } = route.useParams();
  const navigate = useNavigate();
  const { directive, complete, failure } = useDirective(directiveId);
  useKeys([{ keys: 'Escape', label: 'Back to the work', group: 'Directive', run: () => void navigate({ to: '/work' }) }]);
  if (directive !== undefined) return <Known directive={directive} />;
  if (!complete) return <SkeletonRows />;
  if (failure !== undefined && failure.code !== 'no-such-directive') return <PageBody><FailureNote {...errorWords(failure.code)} code={failure.code} detail={failure.detail} /></PageBody>;
  return <Empty icon="work" title="No directive of this id is known to you" actions={<Link to="/work">All work</Link>}>It may concern machines that you may not reach.</Empty>;
}

function Known({ directive }: { readonly directive: DirectiveView }): ReactNode {
  const [only] = directive.targets;
  const single = machineCount(directive) === 1 ? only : undefined;
  return (
    <>
      <DirectiveHead directive={directive} />
      <PageBody wide>
        <div className={classes['directive']}>
          <div className={classes['main']}>{single === undefined ? <TargetRows directive={directive} /> : <TargetResult directive={directive} target={single} />}</div>
          <aside className={classes['aside']}>
            <About directive={directive} />
          </aside>
        </div>
      </PageBody>
    </>
  );
}

function DirectiveHead({ directive }: { readonly directive: DirectiveView }): ReactNode {
  const machines = useMachines().byId;
  const counts = countsOf(directive);
  const machinesAsked = machineCount(directive);
  const [only] = directive.targets;
  const finished = isFinished(directive);
  return (
    <header className={classes['directiveHead']}>
      <div className={classes['title']}>
        <Link to="/work" className="dim">Work</Link>
        <span className="dim">/</span>
        <h1>{directive.primitive}</h1>
        <code className={`${classes['line']} dim`}>{paramsLine(directive.params)}</code>
        <span className={classes['acts']}><Acts directive={directive} finished={finished} /></span>
      </div>
      {machinesAsked > 1 ? <StateBar counts={counts} total={machinesAsked} /> : null}
      <div className={classes['summary']}>
        {machinesAsked === 1 && only !== undefined ? (
          <>
            <StateBadge state={overallState(directive.targets)} words={stateWords[overallState(directive.targets)]} percent={finished ? undefined : only.percent} />
            <span>on <Link to="/machines/$machineId" params={{ machineId: only.agentId }}>{machines.get(only.agentId)?.name ?? only.agentId.slice(0, 8)}</Link></span>
          </>
        ) : (
          <>
            <span>{counted(machinesAsked, 'machine')}</span>
            {counts.map(({ state, count }) => <StateBadge key={state} state={state} words={`${count.toLocaleString('en')} ${stateWords[state]}`} />)}
          </>
        )}
        <span className="dim">signed by {directive.signedBy.name}, <ClockTime atMs={directive.submittedAtMs} /></span>
      </div>
    </header>
  );
}

function Acts({ directive, finished }: { readonly directive: DirectiveView; readonly finished: boolean }): ReactNode {
  const navigate = useNavigate();
  const { client } = useConsole();
  const cancel = useCancel();
  const counts = countsOf(directive);
  const all = machineCount(directive);
  const failed = countOf(counts, unsuccessful);
  const [unread, setUnread] = useState<Failure>();
  const again = async (states: readonly TargetState[]): Promise<void> => {
    const found = await targetsIn(client, directive, states);
    setUnread(found.ok ? undefined : found);
    if (!found.ok) return;
    const ids = found.value;
    const [first] = ids;
    if (ids.length === 1 && first !== undefined) await navigate({ to: '/machines/$machineId/$tab', params: { machineId: first, tab: 'run' }, search: { primitive: directive.primitive, from: directive.id } });
    else await navigate({ to: '/run', search: { on: ids.join(','), primitive: directive.primitive, from: directive.id } });
  };
  const refused = cancel.failure ?? unread;
  return (
    <>
      {refused === undefined ? null : <span className="small" role="alert">{errorWords(refused.code).what}</span>}
      {failed > 0 && failed < all ? <Button variant="default" onClick={() => void again(unsuccessful)}>Retry {failed.toLocaleString('en')} failed</Button> : null}
      {finished && !directive.live ? <Button variant="default" onClick={() => void again(targetStates)}>Run again…</Button> : null}
      {finished || !cancel.able ? null : <Button variant="default" loading={cancel.busy} onClick={() => void cancel.cancel(directive.id)}>{all === 1 ? 'Cancel' : 'Cancel rest'}</Button>}
    </>
  );
}

function About({ directive }: { readonly directive: DirectiveView }): ReactNode {
  const machines = useMachines().byId;
  const names = directive.targets.map(({ agentId }) => machines.get(agentId)?.name ?? agentId);
  const verified = directive.targets.filter(({ report }) => report?.verified === true).length;
  const reported = directive.targets.filter(({ report }) => report !== undefined).length;
  return (
    <>
      {Object.keys(directive.params).length === 0 ? null : (
        <ResultView title="Asked" value={directive.params} />
      )}
      <Section title="Signed">
        <Facts
          facts={[
            ['By', directive.signedBy.name],
            ['Key', <ShortId key="k" id={directive.signedBy.keyId} />],
            ['Under policy', `version ${directive.policyVersion}`],
            ...(directive.counts === undefined ? [['Reports verified', `${verified} of ${reported}`] as const] : []),
            ...rolloutFacts(directive),
            ...(directive.waitsUntilMs === undefined ? [] : [['Waits until', <ClockTime key="w" atMs={directive.waitsUntilMs} />] as const]),
            ['Id', <ShortId key="i" id={directive.id} />],
          ]}
        />
      </Section>
      {directive.counts === undefined ? <CommandBox text={commandLine({ machines: names, primitive: directive.primitive, params: directive.params })} /> : null}
    </>
  );
}

function rolloutFacts({ rollout }: DirectiveView): (readonly [string, string])[] {
  return [
    ...(rollout?.waveSize === undefined ? [] : [['Waves of', counted(rollout.waveSize, 'machine')] as const]),
    ...(rollout?.stopAfter === undefined ? [] : [['Stops after', `${rollout.stopAfter} failed`] as const]),
  ];
}
