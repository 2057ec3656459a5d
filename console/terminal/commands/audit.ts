/**
 * `behest audit`: take stock of a machine, and see what changed.
 */
import { Command } from 'commander';
import { AuditResult } from '../../../protocol/audit.ts';
import { formOf } from '../../../protocol/form.ts';
import type { Machine } from '../../../protocol/messages/live.ts';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import { auditChanges, auditRows, auditsOf, verifyAudit } from '../../client/audits.ts';
import type { Audit, SectionChanges } from '../../client/audits.ts';
import { carryOut } from '../../client/carry-out.ts';
import { machineNamed } from '../connection.ts';
import type { Connection } from '../connection.ts';
import { writeMoment } from '../text/durations.ts';
import { plain } from '../text/plain.ts';
import { conclude, exitCodes, withConnection } from '../toolkit.ts';
import type { CommandEnd, Toolkit } from '../toolkit.ts';

type AuditOptions = { changes?: boolean; from?: string; to?: string; full?: boolean; json?: boolean };

const result = formOf(AuditResult);

export function auditCommand(toolkit: Toolkit): Command {
  return new Command('audit')
    .description('take stock of a machine, or show what changed between two times')
    .argument('<agent>', 'name or id of the machine (see behest agents)')
    .option('--full', 'everything again, not only what changed since the last audit')
    .option('--changes', 'run nothing: show what changed between two audits')
    .option('--from <date>', 'with --changes: the state at this time (default: the audit before the last)')
    .option('--to <date>', 'with --changes: the state at this time (default: the last audit)')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', '\nDates as in 2026-03-01 or 2026-03-01T12:00Z.\nExit code with --changes: 0 if the machine signed both states, 1 if that cannot be shown.')
    .action((agent: string, options: AuditOptions, command: Command) =>
      conclude(toolkit, withConnection(toolkit, command, async (connection) => {
        const machine = machineNamed(connection, agent);
        if (!machine.ok) return machine;
        return options.changes === true ? changes(toolkit, connection, machine.value, options) : take(toolkit, connection, machine.value, options);
      })));
}

/** An increment upon the last audit that the intermediary has; without one, a full audit. */
async function take({ io }: Toolkit, connection: Connection, machine: Machine, options: AuditOptions): Promise<CommandEnd> {
  const last = await auditsOf(connection.api, machine.id, { limit: 1 });
  if (!last.ok) return last;
  const [known] = last.value;
  const act = known === undefined || options.full === true ? { primitive: 'audit.full', params: {} } : { primitive: 'audit.incremental', params: { base: known.digest } };
  const ended = await carryOut(connection.desk, { machine, ...act }, {}, () => connection.machines.get(machine.id));
  if (!ended.ok) return ended;
  const { report, unverified } = ended.value;
  if (unverified !== undefined) return unverified;
  if (options.json === true) io.json(report);
  if (report.status !== 'succeeded' || !result.check(report.result)) {
    io.note(`${report.status}${report.code === undefined ? '' : `[${plain(report.code)}]`}: ${plain(report.detail ?? '')}`);
    return success(exitCodes.failed);
  }
  if (options.json !== true) summary(report.result).forEach((line) => io.line(line));
  return success(exitCodes.done);
}

function summary({ base, changed, failed = [] }: AuditResult): string[] {
  const sections = changed.map(({ section, rows, truncated }) => `${section}: ${rows} ${rows === 1 ? 'row' : 'rows'}${truncated === true ? ' (cut)' : ''}`);
  const head = base === '' ? 'full audit' : changed.length === 0 ? 'nothing changed since the last audit' : 'changed since the last audit';
  return [head, ...sections, ...failed.map(({ section, code, detail }) => `${section}: not looked at, ${plain(code)}: ${plain(detail)}`)];
}

async function changes({ io }: Toolkit, { api }: Connection, machine: Machine, options: AuditOptions): Promise<CommandEnd> {
  const last = await auditsOf(api, machine.id, { limit: 2 });
  if (!last.ok) return last;
  const [to, from] = [await stateAt(api, machine, options.to, last.value[0]), await stateAt(api, machine, options.from, last.value[1])];
  if (!to.ok) return to;
  if (!from.ok) return from;
  const found = await auditChanges((digest) => auditRows(api, machine.id, digest), { from: from.value, to: to.value });
  if (!found.ok) return found;
  const unverified = await firstUnverified(api, machine, [from.value, to.value]);
  if (options.json === true) io.json({ from: from.value.atMs, to: to.value.atMs, verified: unverified === undefined, sections: found.value });
  else [`${plain(machine.name)} from ${writeMoment(from.value.atMs)} to ${writeMoment(to.value.atMs)}`, ...found.value.flatMap(changeLines)].forEach((line) => io.line(line));
  io.note(unverified ?? 'verified: the machine signed both states');
  return success(unverified === undefined ? exitCodes.done : exitCodes.failed);
}

async function firstUnverified(api: Connection['api'], machine: Machine, audits: readonly Audit[]): Promise<string | undefined> {
  for (const audit of audits) {
    const verified = await verifyAudit(api, machine, audit);
    if (!verified.ok) return `NOT verified, the state of ${writeMoment(audit.atMs)}: ${verified.code}: ${plain(verified.detail)}`;
  }
  return undefined;
}

async function stateAt(api: Connection['api'], machine: Machine, date: string | undefined, byDefault: Audit | undefined): Promise<Outcome<Audit>> {
  if (date === undefined) return byDefault === undefined ? failure('not-found', 'the machine has not been audited often enough') : success(byDefault);
  const before = Date.parse(date);
  if (Number.isNaN(before)) return failure('usage', `${date} is no date`);
  const found = await auditsOf(api, machine.id, { before, limit: 1 });
  if (!found.ok) return found;
  const [audit] = found.value;
  return audit === undefined ? failure('not-found', `no audit before ${date}`) : success(audit);
}

function changeLines({ section, added, removed, changed }: SectionChanges): string[] {
  const words = (row: object): string => plain(Object.values(row).join('  '));
  return [section, ...added.map((row) => `  + ${words(row)}`), ...removed.map((row) => `  - ${words(row)}`), ...changed.map(({ before, after }) => `  ~ ${words(before)} → ${words(after)}`)];
}
