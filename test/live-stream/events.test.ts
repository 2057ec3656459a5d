import test from 'ava';
import * as fc from 'fast-check';
import { hex } from '../../protocol/bytes.ts';
import { decodeLiveEvent, encodeLiveEvent, maxLiveBytes } from '../../protocol/live-stream/events.ts';
import type { LiveEvent } from '../../protocol/live-stream/events.ts';

const seed = Number(process.env['BEHEST_SEED'] ?? 20_261_122);

const bytes = fc.uint8Array({ maxLength: 300 });
const u16 = fc.integer({ min: 1, max: 65_535 });
const u32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const signal = fc.constantFrom('SIGINT', 'SIGTERM', 'SIGUSR1', 'SIGWINCH');
const fromConsole: fc.Arbitrary<LiveEvent> = fc.oneof(
  fc.record({ type: fc.constant('input' as const), bytes }),
  fc.constant({ type: 'input-end' as const }),
  fc.record({ type: fc.constant('resize' as const), columns: u16, rows: u16 }),
  fc.record({ type: fc.constant('signal' as const), name: signal }),
  fc.record({ type: fc.constant('taken' as const), bytes: u32 }),
  fc.constant({ type: 'end-taken' as const }),
);
const fromAgent: fc.Arbitrary<LiveEvent> = fc.oneof(
  fc.record({ type: fc.constant('output' as const), channel: fc.constantFrom('stdout' as const, 'stderr' as const), bytes }),
  fc.constant({ type: 'output-end' as const }),
  fc.record({ type: fc.constant('ended' as const), exitCode: fc.option(u32), signal: fc.option(signal) }),
  fc.record({ type: fc.constant('input-taken' as const), bytes: u32 }),
);

test('every event is read as it was written, and only from the end that may send it', (t) => {
  for (const [sender, other, event] of [['console', 'agent', fromConsole], ['agent', 'console', fromAgent]] as const) {
    fc.assert(fc.property(event, (value) => {
      const plain = encodeLiveEvent(value);
      t.deepEqual(decodeLiveEvent(plain, sender), value);
      t.is(decodeLiveEvent(plain, other), undefined);
    }), { seed, numRuns: 300 });
  }
});

test('whatever bytes come, reading them ends without an exception, and what is read is written alike', (t) => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), fc.constantFrom('console' as const, 'agent' as const), (plain, sender) => {
    const event = decodeLiveEvent(plain, sender);
    if (event !== undefined) t.is(hex(encodeLiveEvent(event)), hex(plain));
  }), { seed, numRuns: 5000 });
  t.pass();
});

for (const [what, sender, plain] of [
  ['nothing', 'console', ''],
  ['an unknown type', 'console', '07'],
  ['an unknown type of the agent', 'agent', '14'],
  ['an end with more', 'console', '0200'],
  ['a taken end with more', 'console', '0600'],
  ['a size that is cut off', 'console', '03005000'],
  ['no columns', 'console', '0300000018'],
  ['a signal that is none', 'console', '042e2e'],
  ['a count of three bytes', 'console', '05000000'],
  ['output without a channel', 'agent', '10'],
  ['a third channel', 'agent', '1003'],
  ['an exit code of none', 'agent', '120000000001'],
  ['a signal that is not UTF-8', 'agent', '120000000000ff'],
] as const) {
  test(`refused: ${what}`, (t) => t.is(decodeLiveEvent(Buffer.from(plain, 'hex'), sender), undefined));
}

test('an event that does not fit into a frame is the caller’s bug', (t) => {
  t.notThrows(() => encodeLiveEvent({ type: 'input', bytes: new Uint8Array(maxLiveBytes) }));
  t.throws(() => encodeLiveEvent({ type: 'output', channel: 'stdout', bytes: new Uint8Array(maxLiveBytes + 1) }), { instanceOf: RangeError });
});
