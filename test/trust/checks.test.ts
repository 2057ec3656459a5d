import test from 'ava';
import { checks } from '../../agent/trust/checks.ts';
import { namedSigner } from '../support/signers.ts';
import { hash } from 'node:crypto';
import { base64Url } from '../../protocol/bytes.ts';
import type { Envelope } from '../../protocol/envelope.ts';
import { verifySignature } from '../../protocol/statements/dsse.ts';
import { readReport } from '../../protocol/statements/read.ts';
import { makeDirective } from '../support/make-directive.ts';
import type { Make } from '../support/make-directive.ts';
import { openWorld, registry } from '../support/world.ts';
import type { World } from '../support/world.ts';
import { idFor, readCases, take } from './case-files.ts';
import type { Case, Step } from './case-files.ts';

const cases = readCases();

async function run(world: World, { name, given, make, meanwhile }: Pick<Case, 'name' | 'given' | 'make' | 'meanwhile'>) {
  const id = idFor(name);
  for (const step of given ?? []) await take(world, step, id);
  const offered = await makeDirective(world, id, make);
  for (const step of meanwhile ?? []) await take(world, step, id);
  const before = world.trust.pending().length;
  const admission = await world.trust.admit(offered.envelope, offered.proof, registry);
  return { id, offered, admission, newlyPending: world.trust.pending().length - before };
}

async function verifiedReport(world: World, envelope: Envelope) {
  const { agentId, publicKey } = world.trust.identity;
  const holds = await verifySignature(envelope, { id: agentId, algorithm: 'Ed25519', key: base64Url(publicKey) });
  const report = readReport(envelope.payload);
  if (!holds || !report.ok) throw new Error('the report does not verify');
  return report.value;
}

for (const each of cases) {
  test(`refused: ${each.name}`, async (t) => {
    const world = await openWorld();
    t.teardown(() => world.end());
    const { offered, admission, newlyPending } = await run(world, each);
    if (admission.outcome !== 'refused') return t.fail(`${each.says} Yet: ${admission.outcome}`);
    t.is(admission.code, each.expected, admission.detail);
    t.is(newlyPending, 0);
    if (admission.report === undefined) return t.is(admission.directiveId, undefined);
    const report = await verifiedReport(world, admission.report);
    t.like(report, { status: 'refused', code: each.expected, directiveDigest: base64Url(hash('sha256', offered.envelope.payload, 'buffer')) });
    t.like(await world.trust.admit(offered.envelope, offered.proof, registry), { outcome: 'reported' }, 'a refusal is final');
  });
}

test('there are at least sixty cases, each named once, each for a check of the table', (t) => {
  t.true(cases.length >= 60, `${cases.length}`);
  t.is(new Set(cases.map(({ name }) => name)).size, cases.length);
  for (const { name, check, expected } of cases) t.true(checks.some((each) => each.name === check && each.codes.includes(expected)), name);
});

test('every check and every code it can give has a case', (t) => {
  const wanted = checks.flatMap(({ name, codes }) => codes.map((code) => `${name}: ${code}`));
  const had = new Set(cases.map(({ check, expected }) => `${check}: ${expected}`));
  t.deepEqual(wanted.filter((each) => !had.has(each)), []);
});

const step = (primitive: string) => ({ name: primitive.replace('.', '-'), run: { primitive, params: { text: 'hi' } } });
const procedure = (...steps: string[]) => ({ primitive: 'procedure.run', params: { procedure: { name: 'p', title: 'P', steps: steps.map(step) } } });

const honest: readonly (readonly [string, Make, (readonly Step[])?, (readonly Step[])?])[] = [
  ['interactive', {}],
  ['queued', { queued: true }],
  ['to this machine alone', { others: 0 }],
  ['with the session nonce before the present one', {}, [], [{ rotate: 1 }]],
  ['interactive on a clock that went back', {}, [{ policy: { issuedAt: { $time: 9000 } } }, { wall: -1000 }]],
  ['queued, by a clock two minutes slow', { queued: true, set: { issuedAt: { $time: 120 } } }],
  ['queued, just past its end by a clock that may be fast', { queued: true }, [], [{ pass: 3600 + 299 }]],
  ['queued for thirty days', { queued: true, set: { 'life.notAfter': { $time: 30 * 86_400 } } }],
  ['queued, after a restart', { queued: true }, [], [{ restart: true }]],
  ['made under an older policy', { set: { policy: 4 } }],
  ['by a page, of small risk', { signers: ['page'], set: { primitive: 'test.change' } }],
  ['by two people, destroying', { signers: ['tech', 'chief'], set: { primitive: 'test.destroy' } }],
  ['by a person and a page, destroying', { signers: ['tech', 'page'], set: { primitive: 'test.destroy' } }],
  ['a procedure', { set: procedure('test.echo', 'test.control') }],
  ['a procedure by a page, of small risk', { signers: ['page'], set: procedure('test.echo', 'test.change') }],
  ['a procedure that destroys, by two people', { signers: ['tech', 'chief'], set: procedure('test.destroy') }],
  ['with a stream where there is one', { set: { primitive: 'test.live', streamKey: 'A'.repeat(43) } }],
  ['signed by a stranger too', { signers: ['stranger', 'tech'] }],
  ['signed with an expired key too', { signers: ['tech dead', 'tech'] }],
  ['after a signature that does not hold', { signers: ['chief', 'tech'], spoil: [{ flip: 'signature', at: 1 }] }],
  ['after the clock went back by less than the skew', { queued: true }, [{ policy: { issuedAt: { $time: 200 } } }]],
];

for (const [name, make, given, meanwhile] of honest) {
  test(`accepted: ${name}`, async (t) => {
    const world = await openWorld();
    t.teardown(() => world.end());
    const { id, admission } = await run(world, { name, make, ...(given === undefined ? {} : { given }), ...(meanwhile === undefined ? {} : { meanwhile }) });
    t.is(admission.outcome, 'accepted', JSON.stringify(admission));
    t.deepEqual(world.trust.pending(), [id]);
  });
}

test('the author is the first whose signature holds', async (t) => {
  const world = await openWorld();
  t.teardown(() => world.end());
  const { admission } = await run(world, { name: 'author', make: { signers: ['stranger', 'chief', 'tech'] } });
  t.like(admission, { outcome: 'accepted', signer: { keyId: namedSigner('chief').keyId } });
});
