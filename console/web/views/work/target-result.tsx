import type { ReactNode } from 'react';
import type { DirectiveView, ReportView, TargetView } from '../../state/client-port.ts';
import { useMachine } from '../../state/console-context.ts';
import { isFinal, stateWords } from '../../state/directive-summary.ts';
import { usePrimitives } from '../../state/queries.ts';
import { resultWords } from '../../state/result-words.ts';
import { useOutput } from '../../state/use-output.ts';
import { byteSize, duration, errorWords } from '../../state/words.ts';
import { Icon } from '../../ui/icon.tsx';
import { OutputView } from '../../ui/output-view.tsx';
import { ResultView } from '../../ui/result-view.tsx';
import { StateBadge } from '../../ui/state-badge.tsx';
import { ClockTime } from '../../ui/time.tsx';
import classes from './work.module.css';

export type TargetResultProps = { readonly directive: DirectiveView; readonly target: TargetView };

/** One machine's part of a directive: state, output as it comes, result, and whether the report is believed. */
export function TargetResult({ directive, target }: TargetResultProps): ReactNode {
  const schema = usePrimitives(target.agentId).data?.find(({ name }) => name === directive.primitive)?.result ?? {};
  const output = useOutput(directive.id, target.agentId);
  const { report } = target;
  const running = !isFinal(target.state);
  const hasOutput = output.parts.length > 0 || (report?.output !== undefined && report.output.stdout.bytes + report.output.stderr.bytes > 0) || target.state === 'running';
  return (
    <div className={classes['target']}>
      <div className={classes['targetHead']}>
        <StateBadge state={target.state} words={stateWords[target.state]} percent={running ? target.percent : undefined} />
        {report?.startedAtMs === undefined ? null : <span className="dim figures">took {duration(report.endedAtMs - report.startedAtMs)}</span>}
        {report === undefined ? null : <Verified report={report} />}
      </div>
      <StateHelp directive={directive} target={target} />
      {hasOutput && !directive.live ? <OutputView parts={output.parts} running={running} cut={cutWords(report)} text={output.text} /> : null}
      {report?.result === undefined ? null : <ResultView value={report.result} describe={(path) => resultWords(schema, path)} />}
    </div>
  );
}

/** Why it is as it is, where the state alone does not say. */
function StateHelp({ directive, target }: TargetResultProps): ReactNode {
  const { report, state, note } = target;
  const machine = useMachine(target.agentId);
  if (report?.code !== undefined && report.status !== 'succeeded') {
    const { what, todo } = errorWords(report.code);
    return (
      <p>
        {what} <span className="dim">{todo}</span>
        {report.detail === undefined || report.detail === '' ? null : <span className={classes['detail']}>{report.detail}</span>}
        <code className="small dim"> {report.code}</code>
      </p>
    );
  }
  if (state === 'waiting') return <p className="dim">{machine?.online === true && directive.rollout !== undefined ? 'It waits for its wave.' : 'The machine is off line.'} {directive.waitsUntilMs === undefined ? '' : <>It waits until <ClockTime atMs={directive.waitsUntilMs} />.</>}</p>;
  if (state === 'running' && note !== undefined) return <p className="dim">{note}</p>;
  if (state === 'expired') return <p className="dim">The machine did not call in time, so it was not started.</p>;
  return null;
}

/** Whether this browser found the machine's own signature under the report. */
function Verified({ report }: { readonly report: ReportView }): ReactNode {
  return (
    <span className={classes['verified']} data-bad={!report.verified} title={report.verified ? 'This browser has checked that the machine’s own key signed this report, about exactly this directive.' : 'The signature under this report is not that of the machine. Do not rely on it.'}>
      <Icon name={report.verified ? 'verified' : 'alarm'} size={15} />
      {report.verified ? 'report verified' : 'report NOT verified'}
    </span>
  );
}

function cutWords(report: ReportView | undefined): string | undefined {
  const cut = (['stdout', 'stderr'] as const).flatMap((channel) => {
    const summary = report?.output?.[channel];
    return summary === undefined || summary.kept >= summary.bytes ? [] : [`${channel}: the first ${byteSize(summary.kept)} of ${byteSize(summary.bytes)} were kept`];
  });
  return cut.length === 0 ? undefined : `Cut. ${cut.join('; ')}. Write large output to a file on the machine.`;
}
