/** What is shown of an audit counts when the machine signed exactly that; everything else is said to be not verified. */
import test from 'ava';
import { auditsOf, verifyAudit } from '../../console/client/audits.ts';
import type { Audit } from '../../console/client/audits.ts';
import { Api } from '../../console/client/http.ts';
import { stateDigest } from '../../protocol/audit.ts';
import { base64Url } from '../../protocol/bytes.ts';
import { failure, success } from '../../protocol/outcome.ts';
import { directiveType } from '../../protocol/statements/directive.ts';
import type { Directive } from '../../protocol/statements/directive.ts';
import { payloadDigest, signStatement } from '../../protocol/statements/dsse.ts';
import { toJson } from '../../protocol/statements/envelope-json.ts';
import { reportType } from '../../protocol/statements/report.ts';
import type { Report } from '../../protocol/statements/report.ts';
import { namedSigner } from '../support/signers.ts';

const signer = namedSigner('audited machine');
const machine = { id: signer.keyId, identityKey: signer.publicKey.key };
const sections = { software: 'B'.repeat(43) };
const directiveId = 'ab'.repeat(16);
const directive: Directive = { id: directiveId, level: 1, policy: 1, issuedAt: 1, primitive: '', params: {}, targets: { root: 'A'.repeat(43), count: 1 }, life: { kind: 'interactive' }, timeoutMs: 60_000 };

async function answered(made: { primitive?: string; by?: typeof signer; report?: Partial<Report> | 'none' } = {}): Promise<{ api: Api; audit: Audit }> {
  const digest = await stateDigest(sections);
  const envelope = await signStatement(directiveType, { ...directive, primitive: made.primitive ?? 'audit.incremental' }, [namedSigner('technician')]);
  const honest: Report = { directiveId, directiveDigest: base64Url(await payloadDigest(envelope)), agentId: machine.id, counter: 1, previous: '', status: 'succeeded', result: { base: '', digest, changed: [] }, endedAtMs: 1000, policy: 1, issuedAt: 1 };
  const report = made.report === 'none' ? undefined : await signStatement(reportType, { ...honest, ...made.report }, [{ keyId: machine.id, sign: (bytes) => (made.by ?? signer).sign(bytes) }]);
  const target = { agentId: machine.id, state: 'succeeded', changedAtMs: 1, ...(report === undefined ? {} : { report: JSON.parse(toJson(report)) }) };
  const firings = report === undefined ? [] : [{ agentId: machine.id, at: 60, state: 'succeeded', receivedAtMs: 1, report: JSON.parse(toJson(report)) }];
  const record = { id: directiveId, envelope: JSON.parse(toJson(envelope)), submittedBy: { personId: '', name: '' }, submittedAtMs: 1, counts: [], targets: [target] };
  return { api: new Api(({ path }) => Promise.resolve(success({ status: 200, text: JSON.stringify(path.includes('/firings?') ? firings : record) }))), audit: { directiveId, atMs: 1000, digest, sections } };
}

test('a state that the machine signed at that time is verified', async (t) => {
  const { api, audit } = await answered();
  t.deepEqual(await verifyAudit(api, machine, audit), success(undefined));
});

test('what a standing directive fired is verified by the report of that firing, and no other', async (t) => {
  const firing = { at: 60, missed: 0 };
  const { api, audit } = await answered({ report: { firing } });
  t.deepEqual(await verifyAudit(api, machine, { ...audit, firingAt: 60 }), success(undefined));
  const missing = await verifyAudit(api, machine, { ...audit, firingAt: 120 });
  t.regex(missing.ok ? '' : missing.detail, /no report/);
  const passedOff = await answered({ report: { firing: { ...firing, at: 120 } } });
  for (const firingAt of [60, undefined]) {
    const verified = await verifyAudit(passedOff.api, machine, { ...audit, ...(firingAt === undefined ? {} : { firingAt }) });
    t.regex(verified.ok ? '' : verified.detail, /another state/);
  }
});

const refused: readonly (readonly [what: string, made: Parameters<typeof answered>[0], why: RegExp])[] = [
  ['a report that another signed', { by: namedSigner('somebody else') }, /did not sign/],
  ['a report of another directive', { report: { directiveDigest: 'A'.repeat(43) } }, /another directive/],
  ['a report of another state', { report: { result: { base: '', digest: 'A'.repeat(43), changed: [] } } }, /another state/],
  ['a report of another time', { report: { endedAtMs: 999 } }, /another state/],
  ['an audit that did not succeed', { report: { status: 'failed' } }, /another state/],
  ['a directive that was no audit', { primitive: 'shell.execute' }, /did not ask for an audit/],
  ['an audit without a report', { report: 'none' }, /no report/],
];

for (const [what, made, why] of refused) {
  test(`${what} is not verified`, async (t) => {
    const { api, audit } = await answered(made);
    const verified = await verifyAudit(api, machine, audit);
    t.regex(verified.ok ? '' : verified.detail, why);
  });
}

test('a key that the machine is not named for, and a directive that is gone, are said as they are', async (t) => {
  const { api, audit } = await answered();
  const other = await verifyAudit(api, { ...machine, identityKey: namedSigner('somebody else').publicKey.key }, audit);
  t.regex(other.ok ? '' : other.detail, /not the one it is named for/);
  const gone = await verifyAudit(new Api(() => Promise.resolve(failure('no-such-directive', directiveId))), machine, audit);
  t.is(gone.ok ? '' : gone.code, 'no-such-directive');
});

test('sections that do not give the digest of their state are refused', async (t) => {
  const { audit } = await answered();
  const listed = (shown: Audit) => auditsOf(new Api(() => Promise.resolve(success({ status: 200, text: JSON.stringify([shown]) }))), machine.id, { limit: 1 });
  t.true((await listed(audit)).ok);
  t.false((await listed({ ...audit, sections: { software: 'C'.repeat(43) } })).ok);
});
