/**
 * Audits: how long a full one takes, how long `agent.echo` waits meanwhile, and what an increment with nothing changed costs.
 *
 * The lag of the agent's main loop cannot be seen from outside. Echoes go through that loop and through nothing of the
 * audit, so their round trips bound it from above: what they take longer than without an audit is lag of the loop, or
 * the processor that both share.
 */
import { carryOut } from '../console/client/carry-out.ts';
import type { Ending } from '../console/client/carry-out.ts';
import type { Envelope } from '../protocol/envelope.ts';
import { encodeMessage } from '../protocol/messages/codec.ts';
import type { FromAgent } from '../protocol/messages/agent.ts';
import { echo } from './behest.ts';
import type { Installation } from './behest.ts';
import { latencyOf, timeCalls } from './measure.ts';
import type { Latency } from './measure.ts';
import { figure } from './table.ts';
import type { Row } from './table.ts';

const audits = 5;
const quietCalls = 300;
/** Where echoes without an audit take longer, what they take longer with one says nothing. */
const maxLagMs = 20;

export type AuditFigures = {
  /** Of the slowest. */
  readonly fullMs: number;
  readonly outputBytes: number;
  readonly quiet: Latency;
  readonly meanwhile: Latency;
  /** The whole message of the report as it goes to the intermediary, and all output, when nothing changed. */
  readonly unchangedBytes: number;
};

export async function auditFigures(installation: Installation): Promise<AuditFigures> {
  const asking = echo(installation);
  const times = { quiet: [] as number[], meanwhile: [] as number[] };
  await timeCalls(asking, quietCalls, times.quiet);
  let fullMs = 0;
  let outputBytes = 0;
  for (let turn = 0; turn < audits; turn += 1) {
    const started = performance.now();
    const under = { way: true };
    const audit = take(installation, 'audit.full').finally(() => (under.way = false));
    while (under.way) await timeCalls(asking, 1, times.meanwhile);
    outputBytes = (await audit).outputBytes;
    fullMs = Math.max(fullMs, (await audit).endedAt - started);
  }
  const { messageBytes, outputBytes: written } = await take(installation, 'audit.incremental');
  return { fullMs, outputBytes, quiet: latencyOf(times.quiet), meanwhile: latencyOf(times.meanwhile), unchangedBytes: messageBytes + written };
}

type Taken = { readonly endedAt: number; readonly messageBytes: number; readonly outputBytes: number };

async function take({ connection: { desk, machines } }: Installation, primitive: string): Promise<Taken> {
  const [machine] = machines.all;
  if (machine === undefined) throw new Error('no machine');
  let envelope: Envelope | undefined;
  const ended = await carryOut(desk, { machine, primitive, params: {} }, { state: ({ report }) => (envelope = report ?? envelope) }, () => machines.all[0]);
  const endedAt = performance.now();
  if (!ended.ok) throw new Error(`${ended.code}: ${ended.detail}`);
  const { report, given } = ended.value;
  if (envelope === undefined || !isWhole(ended.value)) throw new Error(`${report.status} ${report.code ?? ''}`);
  const message: FromAgent = { kind: 'report', directiveId: given.directive.id, envelope };
  return { endedAt, messageBytes: encodeMessage(message).byteLength, outputBytes: report.output?.stdout.bytes ?? 0 };
}

function isWhole({ report, unverified }: Ending): boolean {
  return report.status === 'succeeded' && unverified === undefined && report.output?.stdout.bytes === report.output?.stdout.kept;
}

export function auditRows({ fullMs, outputBytes, quiet, meanwhile, unchangedBytes }: AuditFigures): Row[] {
  const more = meanwhile.p99Ms - quiet.p99Ms;
  const isQuiet = quiet.p99Ms < maxLagMs;
  return [
    { what: `audit.full, slowest of ${audits} (${figure(outputBytes / 1024, 'KiB')})`, measured: figure(fullMs, 'ms'), floor: '', asked: '< 5 s', reached: fullMs < 5000 ? 'yes' : 'no' },
    { what: 'agent.echo p99 meanwhile, beside p99 without', measured: figure(meanwhile.p99Ms, 'ms'), floor: figure(quiet.p99Ms, 'ms'), asked: `lag < ${maxLagMs} ms (${isQuiet ? `${figure(more, 'ms')} more` : 'this machine is too busy to tell'})`, reached: !isQuiet ? '' : more < maxLagMs ? 'yes' : 'no' },
    { what: 'audit.incremental with nothing changed, report and output', measured: `${unchangedBytes} bytes`, floor: '', asked: '< 1 KB', reached: unchangedBytes < 1024 ? 'yes' : 'no' },
  ];
}
