/**
 * `behest directives`: what was asked, of whom, by whom, and how it ended.
 */
import { Command } from 'commander';
import { success } from '../../../protocol/outcome.ts';
import type { DirectiveRecord } from '../../../protocol/messages/live.ts';
import { readDirective } from '../../../protocol/statements/read.ts';
import { countOf, countWords } from '../../client/fleet.ts';
import { directiveHistory } from '../../client/history.ts';
import type { Connection } from '../connection.ts';
import { machineNamed } from '../connection.ts';
import { toneOf } from '../text/colours.ts';
import { ago } from '../text/durations.ts';
import { table } from '../text/table.ts';
import type { Column } from '../text/table.ts';
import { showDirective } from './directive.ts';
import { parseState } from './retry.ts';
import { conclude, exitCodes, withConnection } from '../toolkit.ts';
import type { CommandEnd, Toolkit } from '../toolkit.ts';

type DirectivesOptions = { agent?: string; json?: boolean; limit: string; state?: string };
type Line = { readonly id: string; readonly when: string; readonly who: string; readonly what: string; readonly machine: string; readonly state: string };

export function directivesCommand(toolkit: Toolkit): Command {
  return new Command('directives')
    .description('list the latest directives with who, what, when and result; or one of them, machine by machine')
    .argument('[directive]', 'id of one directive')
    .option('--agent <agent>', 'only those of this machine')
    .option('--limit <count>', 'so many at most', '50')
    .option('--state <state>', 'of one directive only the machines in this state')
    .option('--json', 'print them as JSON')
    .action((...[id, options, command]: [string | undefined, DirectivesOptions, Command]) =>
      conclude(toolkit, withConnection(toolkit, command, (connection) => (id === undefined ? list(toolkit, connection, options) : one(toolkit, connection, id, options)))));
}

async function one(toolkit: Toolkit, connection: Connection, id: string, { state: typed, limit, json }: DirectivesOptions): Promise<CommandEnd> {
  const state = typed === undefined ? success(undefined) : parseState(typed);
  return state.ok ? showDirective(toolkit, connection, { id, state: state.value, limit: Number(limit), json: json === true }) : state;
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
  const common = { id: record.id, when: ago(record.submittedAtMs, nowMs), who: record.submittedBy.name, what: what.ok ? what.value.primitive : 'unreadable' };
  const machineCount = countOf(record.counts);
  if (machineCount > 1) return [{ ...common, machine: `${machineCount} machines`, state: countWords(record.counts) }];
  return record.targets.map(({ agentId, state }) => ({ ...common, machine: machines.get(agentId)?.name ?? agentId, state }));
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
function forJson({ id, envelope, submittedBy, submittedAtMs, counts, targets }: DirectiveRecord): object {
  const directive = readDirective(envelope.payload);
  return {
    id,
    ...(directive.ok ? { primitive: directive.value.primitive, params: directive.value.params, life: directive.value.life } : {}),
    submittedBy,
    submittedAtMs,
    signedBy: envelope.signatures.map(({ keyId }) => keyId),
    counts: Object.fromEntries(counts.map(({ state, count }) => [state, count])),
    targets: targets.map(({ agentId, state, changedAtMs }) => ({ agentId, state, changedAtMs })),
  };
}
