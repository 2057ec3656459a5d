import { writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import test from 'ava';
import { array, assert, asyncProperty, boolean, integer, stringMatching } from 'fast-check';
import { linesBefore, linesOf } from '../../agent/primitives/lines.ts';
import { limits } from '../../protocol/limits.ts';
import { folderInMemory } from '../support/temporary-folder.ts';

const collected = async <Line>(lines: AsyncIterable<Line>): Promise<Line[]> => {
  const all: Line[] = [];
  for await (const line of lines) all.push(line);
  return all;
};

const someLines = array(stringMatching(/^[a-zü ]{0,40}$/u), { maxLength: 40 });

test('lines come out of a stream as they went in, however it was cut', async (t) => {
  await t.notThrowsAsync(assert(asyncProperty(someLines, integer({ min: 1, max: 50 }), async (lines, size) => {
    const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
    const chunks = Array.from({ length: Math.ceil(bytes.byteLength / size) }, (_, index) => bytes.subarray(index * size, (index + 1) * size));
    const read = await collected(linesOf(Readable.from(chunks)));
    return JSON.stringify(read) === JSON.stringify(lines.map((text) => ({ text, bytes: Buffer.byteLength(text) + 1 })));
  })));
  t.deepEqual(await collected(linesOf(Readable.from([Buffer.from('a\r\nb')]))), [{ text: 'a', bytes: 3 }, { text: 'b', bytes: 1 }]);
});

test('lines of a file come backwards, whether it ends in a line break or not', async (t) => {
  const path = join(await folderInMemory(t), 'log');
  await t.notThrowsAsync(assert(asyncProperty(someLines, integer({ min: 1, max: 5000 }), boolean(), async (lines, times, ended) => {
    const all = [...Array.from({ length: times }, (_, index) => `line ${index}`), ...lines.map((line) => `x${line}`)];
    writeFileSync(path, all.join('\n') + (ended ? '\n' : ''));
    await using file = await open(path);
    return JSON.stringify((await collected(linesBefore(file, (await file.stat()).size))).toReversed()) === JSON.stringify(all);
  }), { numRuns: 40 }));
  writeFileSync(path, '');
  await using empty = await open(path);
  t.deepEqual(await collected(linesBefore(empty, 0)), []);
});

test('a line without end is cut, and the memory it takes is bounded', async (t) => {
  const piece = Buffer.alloc(2 ** 20, 'x');
  const endless = Readable.from(Array.from({ length: 64 }, () => piece));
  const [line] = await collected(linesOf(endless));
  t.deepEqual([line?.text.length, line?.bytes], [limits.maxLineBytes, 64 * 2 ** 20]);
});
