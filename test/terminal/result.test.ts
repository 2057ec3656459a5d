import test from 'ava';
import { anything, assert, dictionary, integer, property, string } from 'fast-check';
import { resultLines } from '../../console/terminal/text/result.ts';
import { writeBytes } from '../../console/terminal/text/sizes.ts';
import { writeMoment } from '../../console/terminal/text/durations.ts';

const schema = {
  properties: {
    total: { type: 'integer', title: 'On the machine' },
    truncated: { type: 'boolean', title: 'Cut' },
    processes: {
      title: 'Processes',
      items: { properties: { pid: { title: 'Number' }, memoryBytes: { title: 'Memory' }, startedAtMs: { title: 'Started' }, note: { title: 'Note' } } },
    },
  },
};

test('facts stand first with their titles, lists of things as tables without empty columns', (t) => {
  const lines = resultLines(schema, { processes: [{ memoryBytes: 5_242_880, pid: 7, startedAtMs: 0 }, { memoryBytes: 900, pid: 1234, startedAtMs: 0, extra: ['a', 'b'] }], total: 2, truncated: true }, 200);
  t.deepEqual(lines, [
    'On the machine  2',
    '',
    'Processes',
    `NUMBER  MEMORY  ${'STARTED'.padEnd(19)}  EXTRA`,
    `7       5.0 MB  ${writeMoment(0)}`,
    `1234    900 B   ${writeMoment(0)}  a, b`,
    '',
    'There is more than is listed here.',
  ]);
});

test('parts of a result are set off, texts keep their lines, and lists of words are one line', (t) => {
  const lines = resultLines({ properties: { planned: { title: 'Planned' }, text: { title: 'Text' }, needs: { title: 'Needs' } } }, { text: 'one\ntwo\u001b[2J\n', planned: { afterMs: 1500, cpuPercent: 3 }, needs: [] }, 80);
  t.deepEqual(lines, ['Needs  none', '', 'Planned', '  afterMs     1 s', '  cpuPercent  3 %', '', 'Text', 'one', 'two·[2J', '']);
});

test('no result breaks it, and none moves the cursor', (t) => {
  const names = /\p{Cc}/u;
  t.notThrows(() => assert(property(anything(), (value) => resultLines(schema, value, 80).every((line) => !names.test(line)))));
  t.notThrows(() => assert(property(dictionary(string(), anything()), integer({ min: 20, max: 300 }), (value, width) => Array.isArray(resultLines({}, value, width)))));
});

test('sizes have two figures or three', (t) => {
  t.deepEqual([0, 1023, 1024, 10_000, 102_400, 5 * 2 ** 20, 2 ** 40].map(writeBytes), ['0 B', '1023 B', '1.0 KB', '9.8 KB', '100 KB', '5.0 MB', '1.0 TB']);
});
