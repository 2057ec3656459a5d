import test from 'ava';
import { EscapeWatch } from '../../console/terminal/escape-watch.ts';
import { painter } from '../../console/terminal/text/colours.ts';
import { ago, parseDuration, writeDuration } from '../../console/terminal/text/durations.ts';
import { writeFailure } from '../../console/terminal/text/failures.ts';
import { table } from '../../console/terminal/text/table.ts';
import { wrap } from '../../console/terminal/text/wrap.ts';
import { textOf, utf8 } from '../../protocol/bytes.ts';
import { failure } from '../../protocol/outcome.ts';

test('durations are read as people write them', (t) => {
  const cases = { '500ms': 500, '30s': 30_000, '5m': 300_000, '1h30m': 5_400_000, '7d': 604_800_000 };
  for (const [text, ms] of Object.entries(cases)) t.deepEqual(parseDuration(text), { ok: true, value: ms });
  for (const text of ['', '5', 's', '5 m', '-5s', '5x', '0s', '1h 30m']) {
    const read = parseDuration(text);
    t.is(read.ok ? text : read.code, 'usage');
  }
});

test('durations are written with the two units that count', (t) => {
  t.deepEqual([12, 1500, 61_000, 5_400_000, 90_000_000, 3_600_000].map(writeDuration), ['12 ms', '1 s', '1 m 1 s', '1 h 30 m', '1 d 1 h', '1 h']);
  t.is(ago(0, 7_300_000), '2 h ago');
  t.is(ago(5, 6), 'just now');
});

test('a table fits the width, the widest column giving way', (t) => {
  const columns = [
    { title: 'NAME', value: (row: { name: string; text: string }) => row.name },
    { title: 'TEXT', value: (row: { name: string; text: string }) => row.text },
  ];
  const lines = table(columns, [{ name: 'rec-01', text: 'a long text that does not fit' }], 24);
  t.deepEqual(lines, ['NAME    TEXT', 'rec-01  a long text tha…']);
  t.true(lines.every((line) => line.length <= 24));
});

test('a name from elsewhere cannot move the cursor', (t) => {
  const [, line = ''] = table([{ title: 'N', value: (name: string) => name }], ['\u001B[2Jevil\u0007\n'], Number.POSITIVE_INFINITY);
  t.is(line, '·[2Jevil··');
});

test('a failure names its code and what to do', (t) => {
  t.is(
    writeFailure(failure('no-such-machine', 'rec-2 is not known (did you mean rec-02?)'), painter(false)),
    'error[no-such-machine]: rec-2 is not known (did you mean rec-02?)\n    See behest agents.\n',
  );
});

test('~. leaves at the beginning of a line only, ~~ is one ~', (t) => {
  const typed = (...keys: string[]) => {
    const watch = new EscapeWatch();
    const results = keys.map((text) => watch.typed(utf8(text)));
    return { text: results.map(({ pass }) => textOf(pass) ?? '').join(''), left: results.some(({ leave }) => leave) };
  };
  t.deepEqual(typed('~.'), { text: '', left: true });
  t.deepEqual(typed('ls\r', '~', '.'), { text: 'ls\r', left: true });
  t.deepEqual(typed('cd ~.'), { text: 'cd ~.', left: false });
  t.deepEqual(typed('~~.'), { text: '~.', left: false });
  t.deepEqual(typed('~x'), { text: '~x', left: false });
});

test('words are set in lines that fit, and a word too long stays whole', (t) => {
  t.deepEqual(wrap('one two  three four\u001b[2J', 24, 10), ['          one two three', '          four·[2J']);
  t.deepEqual(wrap('a'.repeat(30), 20), ['a'.repeat(30)]);
  t.deepEqual(wrap('', 80), []);
});
