/** The history of audits: who may read it, what gets into it and what is left out, and how long it is kept. */
import { createHash } from 'node:crypto';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { canonicalRows, rowsDigest, stateDigest } from '../../protocol/audit.ts';
import type { AuditResult, AuditRow, AuditSection, AuditState } from '../../protocol/audit.ts';
import { utf8 } from '../../protocol/bytes.ts';
import { readAudits, readSection, storeAudit } from '../../intermediary/store/audits.ts';
import { limits } from '../../protocol/limits.ts';
import { success } from '../../protocol/outcome.ts';
import { firingIdOf } from '../../protocol/statements/firing.ts';
import type { PrimitiveDescription } from '../../protocol/primitive.ts';
import type { Report } from '../../protocol/statements/report.ts';
import { anyId } from '../support/invited.ts';
import { connectedAgent } from '../support/protocol-agent.ts';
import type { ProtocolAgent } from '../support/protocol-agent.ts';
import { Relay } from '../support/relay.ts';
import type { Who } from '../support/relay.ts';

const primitives = [{ name: 'audit.full', title: 'Full audit', description: 'x', risk: 'read', streams: 'output', platforms: ['linux'], params: {}, result: {} }] as const satisfies PrimitiveDescription[];
/** Waits for what the test has it report. */
const still = {
  directive: () => undefined,
  claims: createHash('sha256').update(JSON.stringify(primitives)).digest('hex'),
  describe: (agent: ProtocolAgent) => void agent.send({ kind: 'primitives', primitives: [...primitives] }),
};
const emptyDigest = createHash('sha256').digest('base64url');

type Taken = { readonly part: Partial<Report>; readonly output: string; readonly sections: AuditState };
type House = { readonly relay: Relay; readonly agent: ProtocolAgent; readonly live: Awaited<ReturnType<Relay['live']>> };

async function house(t: ExecutionContext): Promise<House> {
  const relay = await Relay.start(t);
  const agent = await connectedAgent(relay, await relay.enrolment(), still);
  t.teardown(() => agent.end());
  return { relay, agent, live: await relay.live(t, 'technician') };
}

/** An audit of whole sections, as an honest machine reports it. */
async function audited(rowsBySection: Partial<Record<AuditSection, readonly AuditRow[]>>, before: AuditState = {}): Promise<Taken> {
  const lines = await Promise.all(Object.entries(rowsBySection).map(async ([name, rows]) => {
    const canonical = canonicalRows(rows);
    return { section: name as AuditSection, digest: await rowsDigest(canonical), rows: canonical };
  }));
  const sections = { ...before, ...Object.fromEntries(lines.map(({ section, digest }) => [section, digest])) };
  const result: AuditResult = {
    base: Object.keys(before).length === 0 ? '' : await stateDigest(before),
    digest: await stateDigest(sections),
    changed: lines.map(({ section, digest, rows }) => ({ section, digest, rows: rows.length })),
  };
  return takenFrom(result, lines.map((line) => `${JSON.stringify(line)}\n`).join(''), sections);
}

function takenFrom(result: AuditResult, output: string, sections: AuditState): Taken {
  const bytes = Buffer.byteLength(output);
  const stdout = { bytes, kept: bytes, digest: createHash('sha256').update(output).digest('base64url') };
  return { output, sections, part: { result, ...(bytes === 0 ? {} : { output: { stdout, stderr: { bytes: 0, kept: 0, digest: emptyDigest } } }) } };
}

async function given({ relay, agent, live }: House): Promise<string> {
  const directive = await relay.directive('technician', [{ agentId: agent.agentId }], { primitive: 'audit.full', params: {} });
  const answer = await live.submit(directive);
  if (answer !== 'submitted') throw new Error(answer);
  await agent.until(() => agent.directives.has(directive.id));
  return directive.id;
}

/** Writes the output and waits until all of it is stored; the stream stays open. */
async function wrote({ agent, live }: House, directiveId: string, output: string) {
  const ref = live.send({ kind: 'watch', topic: { of: 'output', directiveId, agentId: agent.agentId } });
  const stream = agent.output(directiveId);
  stream.write(Uint8Array.of(1, ...utf8(output)));
  await live.next('output', (piece) => piece.ref === ref && piece.offset + piece.bytes.byteLength === Buffer.byteLength(output));
  return stream;
}

async function reported(at: House, taken: Taken, part: Partial<Report> = {}): Promise<string> {
  const directiveId = await given(at);
  if (taken.output !== '') (await wrote(at, directiveId, taken.output)).end();
  await at.agent.report(directiveId, { ...taken.part, ...part });
  await at.agent.until(({ stored }) => stored.has(directiveId));
  return directiveId;
}

async function shownTo(who: Who, { relay, agent }: House, path = 'audits') {
  return relay.ask(`/api/machines/${agent.agentId}/${path}`, { token: await relay.tokenOf(who) });
}

async function leftOut({ relay }: House): Promise<string[]> {
  return (await relay.now.audit.read(0, 500)).filter(({ kind }) => kind === 'audit-left-out').map(({ data }) => JSON.parse(data).detail);
}

async function until(is: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!(await is()) && performance.now() < deadline) await new Promise((resolve) => setImmediate(resolve));
}

const software = (...names: string[]) => ({ software: names.map((id) => ({ id, version: '1' })) });

test('a person of another site sees nothing of the audits, as if the machine were not there', async (t) => {
  const at = await house(t);
  const taken = await audited(software('curl'));
  await reported(at, taken);
  const section = `audit-sections/${taken.sections.software}`;
  const nowhere = await at.relay.ask(`/api/machines/${anyId()}/audits`, { token: await at.relay.tokenOf('elsewhere') });
  for (const who of ['elsewhere', 'stranger'] as const) {
    for (const path of ['audits', section]) {
      const answer = await shownTo(who, at, path);
      t.deepEqual([answer.status, answer.json.code], [404, nowhere.json.code], `${who} ${path}`);
    }
  }
  t.is((await at.relay.ask(`/api/machines/${at.agent.agentId}/audits`)).status, 401);
  t.is((await shownTo('technician', at)).json.length, 1);
  t.deepEqual((await shownTo('technician', at, section)).json, canonicalRows(software('curl').software));
});

test('a section is given for no machine but its own', async (t) => {
  const at = await house(t);
  const taken = await audited(software('curl'));
  await reported(at, taken);
  const other = await connectedAgent(at.relay, await at.relay.enrolment(), still);
  t.teardown(() => other.end());
  t.is((await shownTo('technician', { ...at, agent: other }, `audit-sections/${taken.sections.software}`)).json.code, 'not-found');
});

test('an increment with nothing changed is an audit of its own, and its sections are those before', async (t) => {
  const at = await house(t);
  const first = await audited(software('curl'));
  await reported(at, first, { endedAtMs: 1000 });
  const digest = await stateDigest(first.sections);
  await reported(at, takenFrom({ base: digest, digest, changed: [] }, '', first.sections), { endedAtMs: 2000 });
  const { json } = await shownTo('technician', at);
  t.deepEqual(json.map(({ atMs }: { atMs: number }) => atMs), [2000, 1000]);
  t.deepEqual(json.map(({ sections }: { sections: AuditState }) => sections), [first.sections, first.sections]);
  t.deepEqual(await leftOut(at), []);
});

test('the same report twice is one audit', async (t) => {
  const at = await house(t);
  const directiveId = await given(at);
  const taken = await audited(software('curl'));
  (await wrote(at, directiveId, taken.output)).end();
  const envelope = await at.agent.report(directiveId, taken.part);
  await at.agent.until(({ stored }) => stored.has(directiveId));
  at.agent.stored.clear();
  at.agent.send({ kind: 'report', directiveId, envelope });
  await at.agent.until(({ stored }) => stored.has(directiveId));
  t.is((await shownTo('technician', at)).json.length, 1);
  t.deepEqual(await leftOut(at), []);
});

test('rows that do not fit their digest, and sections that do not give the signed state, are left out and noted', async (t) => {
  const at = await house(t);
  const honest = await audited(software('curl'));
  const result = honest.part.result as AuditResult;
  const otherRows = honest.output.replace('"version":"1"', '"version":"2"');
  await reported(at, takenFrom(result, otherRows, honest.sections));
  await reported(at, takenFrom({ ...result, digest: 'A'.repeat(43) }, honest.output, honest.sections));
  await reported(at, takenFrom(result, 'no line of an audit\n', honest.sections));
  await reported(at, { ...honest, part: { ...honest.part, result: { digest: 1 } } });
  t.deepEqual((await shownTo('technician', at)).json, []);
  t.is((await shownTo('technician', at, `audit-sections/${honest.sections.software}`)).json.code, 'not-found');
  const reasons = await leftOut(at);
  t.is(reasons.length, 4);
  t.is(reasons[0], 'the rows of software are not those that were signed');
  t.is(reasons[1], 'its sections do not give the state that was signed');
  t.regex(reasons[2] ?? '', /line of an audit/);
  t.regex(reasons[3] ?? '', /^its result /);
});

test('an increment upon a state that is not known is left out, and so is an audit that failed', async (t) => {
  const at = await house(t);
  await reported(at, await audited(software('curl'), { hardware: 'A'.repeat(43) }));
  await reported(at, { part: { result: undefined }, output: '', sections: {} }, { status: 'failed', code: 'internal' });
  t.deepEqual(await leftOut(at), ['it builds upon a state that is not known here', 'the audit did not succeed']);
  t.deepEqual((await shownTo('technician', at)).json, []);
});

test('an output that is cut is left out and noted', async (t) => {
  const at = await house(t);
  const taken = await audited(software('curl', 'wget'));
  const directiveId = await given(at);
  (await wrote(at, directiveId, taken.output.slice(0, 40))).end();
  await at.agent.report(directiveId, taken.part);
  await at.agent.until(({ stored }) => stored.has(directiveId));
  t.deepEqual(await leftOut(at), ['its output is not whole']);
  t.deepEqual((await shownTo('technician', at)).json, []);
});

test('an output whose end comes after its report is taken when it has come', async (t) => {
  const at = await house(t);
  const taken = await audited(software('curl', 'wget'));
  const directiveId = await given(at);
  const stream = await wrote(at, directiveId, taken.output.slice(0, 40));
  await at.agent.report(directiveId, taken.part);
  await at.agent.until(({ stored }) => stored.has(directiveId));
  t.deepEqual((await shownTo('technician', at)).json, []);
  stream.write(Uint8Array.of(1, ...utf8(taken.output.slice(40))));
  stream.end();
  const kinds = async () => (await at.relay.now.audit.read(0, 500)).map(({ kind }) => kind);
  await until(async () => (await kinds()).includes('audit-taken-late'));
  t.deepEqual((await shownTo('technician', at)).json.map((audit: { directiveId: string }) => audit.directiveId), [directiveId]);
});

const schedule = { cron: '* * * * *', spreadSeconds: 0, windowSeconds: 60, catchUp: 'none' } as const;

test('what a standing directive fires is in the history, each firing by itself', async (t) => {
  const at = await house(t);
  const { relay, agent, live } = at;
  const notAfter = Math.floor(relay.clock.now() / 1000) + 86_400;
  const standing = await relay.directive('technician', [{ agentId: agent.agentId }], { primitive: 'audit.full', params: {}, life: { kind: 'standing', notAfter, schedule } });
  t.is(await live.submit(standing), 'submitted');
  await agent.until(() => agent.directives.has(standing.id));
  const fired = async (time: number, taken: Taken, output = taken.output): Promise<void> => {
    const stream = agent.output(standing.id, time);
    stream.write(Uint8Array.of(1, ...utf8(output)));
    stream.end();
    await until(async () => (await relay.ask(`/api/directives/${standing.id}/output/${agent.agentId}/stdout`, { token: await relay.tokenOf('technician') })).body === output);
    const id = await firingIdOf(standing.id, time);
    agent.directives.set(id, agent.directives.get(standing.id)!);
    await agent.report(id, { ...taken.part, directiveId: standing.id, firing: { at: time, missed: 0 }, endedAtMs: time * 1000 });
    await agent.until(({ stored }) => stored.has(id));
  };
  await fired(60, await audited(software('curl')));
  await fired(120, await audited(software('wget')), 'cut');
  await fired(180, await audited(software('curl', 'wget')));
  const { json } = await shownTo('technician', at);
  t.deepEqual(json.map(({ firingAt, atMs }: { firingAt: number; atMs: number }) => [firingAt, atMs]), [[180, 180_000], [60, 60_000]]);
  t.deepEqual(await leftOut(at), ['its output is not whole']);
});

test('the output of a directive that does not stand is not begun anew by naming a firing', async (t) => {
  const at = await house(t);
  const directiveId = await given(at);
  (await wrote(at, directiveId, 'what was written')).end();
  const reset = Promise.withResolvers<string>();
  const stream = at.agent.output(directiveId, 60, (code) => reset.resolve(code));
  stream.write(Uint8Array.of(1, ...utf8('another')));
  t.is(await reset.promise, 'no-such-directive');
  t.is((await at.relay.ask(`/api/directives/${directiveId}/output/${at.agent.agentId}/stdout`, { token: await at.relay.tokenOf('technician') })).body, 'what was written');
});

test('as many audits are kept as the bound says, and sections that only older ones had are forgotten', async (t) => {
  const { relay, agent } = await house(t);
  const digest = (number: number): string => createHash('sha256').update(String(number)).digest('base64url');
  const count = limits.maxAuditsKept + 3;
  for (let number = 0; number < count; number += 1) {
    const content = { digest: digest(number), rows: [{ id: String(number) }] };
    const audit = { directiveId: anyId(), atMs: number, digest: digest(-1 - number), sections: { hardware: digest(-1), software: content.digest } };
    await relay.now.store.write(async (tx) => success(await storeAudit(tx, agent.agentId, audit, { contents: [content, { digest: digest(-1), rows: [] }], keep: limits.maxAuditsKept })));
  }
  const kept = await readAudits(relay.now.store.read, agent.agentId, { beforeMs: count, limit: limits.maxPage });
  t.deepEqual([kept.length, kept[0]?.atMs, kept.at(-1)?.atMs], [limits.maxAuditsKept, count - 1, 3]);
  const has = async (number: number) => (await readSection(relay.now.store.read, agent.agentId, digest(number))) !== undefined;
  t.deepEqual(await Promise.all([-1, 0, 2, 3, count - 1].map(has)), [true, false, false, true, true]);
});
