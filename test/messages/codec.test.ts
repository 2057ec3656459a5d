import * as fc from 'fast-check';
import test from 'ava';
import { unhex } from '../../protocol/bytes.ts';
import { FromAgent, ToAgent } from '../../protocol/messages/agent.ts';
import { encodeMessage, messageDecoder } from '../../protocol/messages/codec.ts';
import { FromConsole, ToConsole } from '../../protocol/messages/live.ts';

const decoders = [FromAgent, ToAgent, FromConsole, ToConsole].map((family) => messageDecoder(family));
const id = '0'.repeat(32);

test('what was encoded comes back, bytes as bytes', (t) => {
  const message = { kind: 'frame', ref: 7, bytes: Uint8Array.of(1, 2, 3) };
  const decoded = messageDecoder(FromConsole)(encodeMessage(message));
  t.true(decoded.ok);
  if (decoded.ok && decoded.value.kind === 'frame') t.deepEqual(Uint8Array.from(decoded.value.bytes), message.bytes);
});

test('unknown kinds, unknown fields and missing fields are refused', (t) => {
  const decode = messageDecoder(FromAgent);
  for (const wrong of [{ kind: 'accept' }, { kind: 'accepted' }, { kind: 'accepted', directiveId: id, more: 1 }, { kind: 'accepted', directiveId: 'x' }, {}]) {
    const refused = decode(encodeMessage(wrong));
    t.false(refused.ok, JSON.stringify(wrong));
    if (!refused.ok) t.is(refused.code, 'message-malformed');
  }
});

test('a few bytes that claim a huge list or map cost no memory', (t) => {
  const before = process.memoryUsage().rss;
  for (const claim of ['9a06b00000', '9a0fffffff', '9b0000000100000000', 'ba00ffffff', '5b7fffffffffffffff', '9a00ffffff', 'bf', '9f', 'd9dfff9a00ffffff']) {
    for (const decode of decoders) t.false(decode(unhex(claim) ?? new Uint8Array()).ok, claim);
  }
  t.true(process.memoryUsage().rss - before < 50_000_000);
});

test('no bytes whatever make a decoder throw', (t) => {
  const seed = Number(process.env['BEHEST_SEED'] ?? Date.now() % 1_000_000);
  t.log(`BEHEST_SEED=${seed}`);
  const honest = encodeMessage({ kind: 'directive', directiveId: id, envelope: { payloadType: 'x', payload: new Uint8Array(40), signatures: [{ keyId: id, signature: new Uint8Array(64) }] }, proof: { index: 0, siblings: [] } });
  const mutated = fc.tuple(fc.nat(honest.length - 1), fc.nat(255)).map(([at, byte]) => Uint8Array.from(honest, (old, index) => (index === at ? byte : old)));
  fc.assert(fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), mutated), (bytes) => decoders.every((decode) => typeof decode(bytes).ok === 'boolean')), { seed, numRuns: Number(process.env['BEHEST_RUNS'] ?? 5000) });
  t.pass();
});
