import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import test from 'ava';
import { readSources } from './sources.ts';

const sources = readSources();
const product = sources.filter(({ path }) => !/^(test|bench)\//.test(path));

test('every room has a file that opens by saying what the room is for', (t) => {
  const folders = new Set(product.map(({ path }) => dirname(path)));
  const silent = [...folders].filter(
    (folder) => !product.some(({ path, text }) => dirname(path) === folder && text.replace(/^#!.*\n/, '').startsWith('/**')),
  );
  t.deepEqual(silent, []);
});

test('no file is beyond 400 lines', (t) => {
  t.deepEqual(sources.filter(({ text }) => text.split('\n').length > 401).map(({ path, text }) => `${path}: ${text.split('\n').length}`), []);
});

test('files are named in kebab case', (t) => {
  t.deepEqual(sources.map(({ path }) => path).filter((path) => !/^[a-z0-9-]+(\/[a-z0-9-]+)*(\.(test|config|d))?\.tsx?$/.test(path)), []);
});

test('no loose ends stand in the product', (t) => {
  const loose = /\bTODO\b|\bFIXME\b|@ts-ignore|@ts-expect-error|\bas any\b|: any(\[\])?\s*[;,)=|&{]|catch *(\([^)]*\))? *\{ *\}/;
  t.deepEqual(product.flatMap(({ path, text }) => text.split('\n').flatMap((line, index) => (loose.test(line) ? [`${path}:${index + 1} ${line.trim()}`] : []))), []);
});

test('tests are not left switched off or alone', (t) => {
  const off = /\btest(\.serial)?\.(only|skip|todo|failing)\(/;
  t.deepEqual(sources.filter(({ path, text }) => path.startsWith('test/') && path !== 'test/architecture/house.test.ts' && off.test(text)).map(({ path }) => path), []);
});

test('every program has its one composition root', (t) => {
  for (const path of ['agent/main.ts', 'intermediary/main.ts', 'console/terminal/main.ts']) t.true(existsSync(path), path);
});
