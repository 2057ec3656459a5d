/**
 * `behest directives`: what was asked, of whom, by whom, and how it ended.
 */
import { Command } from 'commander';
import { success } from '../../../protocol/outcome.ts';
import type { DirectiveRecord } from '../../../protocol/messages/live.ts';
import { readDirective } from '../../../protocol/statements/read.ts';
import { directiveHistory } from '../../client/history.ts';
import type { Connection } from '../connection.ts';
import { machineNamed } from '../connection.ts';
import { toneOf } from '../text/colours.ts';
import { ago } from '../text/durations.ts';
import { table } from '../text/table.ts';
import type { Column } from '../text/table.ts';
import { conclude, exitCodes, withConnection } from '../toolkit.ts';
import type { CommandEnd, Toolkit } from '../toolkit.ts';

type DirectivesOptions = { agent?: string; json?: boolean; limit: string };
type Line = { readonly id: string; readonly when: string; readonly who: string; readonly what: string; readonly machine: string; readonly state: string };

export function directivesCommand(toolkit: Toolkit): Command {
  return new Command('directives')
    .description('list the latest directives with who, what, when and result')
    .option('--agent <agent>', 'only those of this machine')
    .option('--limit <count>', 'so many at most', '50')
    .option('--json', 'print them as one JSON array')
    .action((options: DirectivesOptions, command: Command) =>
      conclude(toolkit, withConnection(toolkit, command, (connection) => list(toolkit, connection, options))));
}

async function list(toolkit: Toolkit, connection: Connection, options: DirectivesOptions): Promise<CommandEnd> {
  const machine = options.agent === undefined ? success(undefined) : machineNamed(connection, options.agent);
  if (!machine.ok) return machine;
  const history = await directiveHistory(connection.api, { agentId: machine.value?.id, limit: Number(options.limit) });
  if (!history.ok) return history;
  const lines = history.value.flatMap((record) => linesOf(record, connection, toolkit.clock.now()));
  if (options.json === true) toolkit.io.json(history.value.map(forJson));
  else if (lines.length === 0) toolkit.io.note('No directives yet. Try: behest run AGENT system.information');
  else for (const line of table(columns(toolkit), lines, toolkit.io.width)) toolkit.io.line(line);
  return success(exitCodes.done);
}

function linesOf(record: DirectiveRecord, { machines }: Connection, nowMs: number): Line[] {
  const what = readDirective(record.envelope.payload);
  return record.targets.map(({ agentId, state }) => ({
    id: record.id,
    when: ago(record.submittedAtMs, nowMs),
    who: record.submittedBy.name,
    what: what.ok ? what.value.primitive : 'unreadable',
    machine: machines.get(agentId)?.name ?? agentId,
    state,
  }));
}

function columns({ io }: Toolkit): Column<Line>[] {
  return [
    { title: 'WHEN', value: ({ when }) => when },
    { title: 'WHO', value: ({ who }) => who },
    { title: 'WHAT', value: ({ what }) => what },
    { title: 'MACHINE', value: ({ machine }) => machine },
    { title: 'RESULT', value: ({ state }) => state, paint: (text, { state }) => io.paint(toneOf(state), text) },
    { title: 'DIRECTIVE', value: ({ id }) => id, paint: (text) => io.paint('quiet', text) },
  ];
}

/** The signed parts are left out: whoever checks them reads them from the API. */
function forJson({ id, envelope, submittedBy, submittedAtMs, targets }: DirectiveRecord): object {
  const directive = readDirective(envelope.payload);
  return {
    id,
    ...(directive.ok ? { primitive: directive.value.primitive, params: directive.value.params, life: directive.value.life } : {}),
    submittedBy,
    submittedAtMs,
    signedBy: envelope.signatures.map(({ keyId }) => keyId),
    targets: targets.map(({ agentId, state, changedAtMs }) => ({ agentId, state, changedAtMs })),
  };
}
