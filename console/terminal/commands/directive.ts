/**
 * `behest directives ID`: one directive in numbers, and what each machine reported, each report checked here.
 */
import { success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import type { DirectiveRecord, DirectiveTarget, TargetState } from '../../../protocol/messages/live.ts';
import { base64Url } from '../../../protocol/bytes.ts';
import { payloadDigest } from '../../../protocol/statements/dsse.ts';
import { readDirective } from '../../../protocol/statements/read.ts';
import { countOf, countWords } from '../../client/fleet.ts';
import { directiveTargets, oneDirective } from '../../client/history.ts';
import { claimedReport, verifyReport } from '../../client/reports.ts';
import type { Connection } from '../connection.ts';
import { toneOf } from '../text/colours.ts';
import { ago } from '../text/durations.ts';
import { plain } from '../text/plain.ts';
import { table } from '../text/table.ts';
import type { Column } from '../text/table.ts';
import { exitCodes } from '../toolkit.ts';
import type { CommandEnd, Toolkit } from '../toolkit.ts';

type Line = { readonly agentId: string; readonly machine: string; readonly state: TargetState; readonly changedAtMs: number; readonly code: string; readonly detail: string; readonly verified: boolean };
type Asked = { readonly id: string; readonly state: TargetState | undefined; readonly limit: number; readonly json: boolean };

export async function showDirective({ io, clock }: Toolkit, connection: Connection, asked: Asked): Promise<CommandEnd> {
  const { id, state, limit } = asked;
  const record = await oneDirective(connection.api, id);
  if (!record.ok) return record;
  const targets = await directiveTargets(connection.api, id, { state, limit });
  if (!targets.ok) return targets;
  const digest = base64Url(await payloadDigest(record.value.envelope));
  const lines = await Promise.all(targets.value.map((target) => lineOf(connection, target, { directiveId: id, digest })));
  if (asked.json) io.json({ id, counts: Object.fromEntries(record.value.counts.map((each) => [each.state, each.count])), targets: lines });
  else {
    for (const text of headOf(record.value, clock.now())) io.line(text);
    for (const text of table(columns(clock.now(), io.paint), lines, io.width)) io.line(text);
    sayWhatIsLeftOut(io.note, { shown: lines.length, all: countOf(record.value.counts, state === undefined ? undefined : [state]) });
  }
  return success(exitCodes.done);
}

function sayWhatIsLeftOut(note: (text: string) => void, { shown, all }: { shown: number; all: number }): void {
  if (shown < all) note(`${shown} of ${all} machines; more with --limit, or some with --state`);
}

async function lineOf({ machines }: Connection, target: DirectiveTarget, of: { directiveId: string; digest: string }): Promise<Line> {
  const { agentId, state, changedAtMs, report } = target;
  const machine = machines.get(agentId);
  const known = { agentId, machine: machine?.name ?? agentId, state, changedAtMs };
  if (report === undefined) return { ...known, code: '', detail: progressOf(target), verified: false };
  const verified: Outcome<unknown> | undefined = machine === undefined ? undefined : await verifyReport(report, { ...of, agentId, identityKey: machine.identityKey });
  const claimed = claimedReport(report);
  if (!claimed.ok) return { ...known, code: claimed.code, detail: claimed.detail, verified: false };
  return { ...known, code: claimed.value.code ?? '', detail: claimed.value.detail ?? '', verified: verified?.ok === true };
}

function progressOf({ percent, note }: DirectiveTarget): string {
  return [percent === undefined ? '' : `${Math.round(percent)}%`, note ?? ''].filter((part) => part !== '').join(' ');
}

function headOf({ envelope, submittedBy, submittedAtMs, counts }: DirectiveRecord, nowMs: number): string[] {
  const directive = readDirective(envelope.payload);
  const rollout = directive.ok && directive.value.life.kind === 'queued' ? directive.value.life.rollout : undefined;
  const waves = rollout?.waveSize === undefined ? '' : `, in waves of ${rollout.waveSize}`;
  const stop = rollout?.stopAfter === undefined ? '' : `, stops after ${rollout.stopAfter} failed`;
  return [`${directive.ok ? directive.value.primitive : 'unreadable'}, given by ${plain(submittedBy.name)} ${ago(submittedAtMs, nowMs)}${waves}${stop}`, countWords(counts), ''];
}

function columns(nowMs: number, paint: Toolkit['io']['paint']): Column<Line>[] {
  return [
    { title: 'MACHINE', value: ({ machine }) => machine },
    { title: 'RESULT', value: ({ state }) => state, paint: (text, { state }) => paint(toneOf(state), text) },
    { title: 'WHEN', value: ({ changedAtMs }) => ago(changedAtMs, nowMs) },
    { title: 'WHY', value: ({ code, detail, state, verified }) => [code, detail, verified || state === 'waiting' || state === 'sent' || state === 'running' ? '' : '(no verified report)'].filter((part) => part !== '').join(' ') },
  ];
}
