import test from 'ava';
import { mayImport, roomOf } from './rooms.ts';
import { readSources, targetOf } from './sources.ts';
import type { Source } from './sources.ts';

const sources = readSources();

test('every import goes along an allowed arrow', (t) => {
  const refused = sources.flatMap((source) =>
    source.imports.flatMap(({ specifier }) => {
      const target = targetOf(source, specifier);
      const room = roomOf(source.path);
      if (target === undefined) return [];
      if (room === undefined) return [`${source.path} stands in no room of the house`];
      return mayImport(room, target) ? [] : [`${source.path} may not import ${target}: ${room.because}`];
    }),
  );
  t.deepEqual(refused, []);
});

test('the table refuses what it should', (t) => {
  const agent = roomOf('agent/contact/connection.ts');
  t.truthy(agent);
  if (agent === undefined) return;
  t.false(mayImport(agent, 'intermediary/store/store.ts'));
  t.false(mayImport(agent, 'transports/websocket/dial.ts'));
  t.true(mayImport(agent, 'protocol/session/session.ts'));
  const channel = roomOf('protocol/channel/noise.ts');
  t.truthy(channel);
  if (channel === undefined) return;
  t.false(mayImport(channel, 'protocol/session/session.ts'));
  t.true(mayImport(channel, 'protocol/limits.ts'));
});

test('nothing outside test and bench imports test or bench', (t) => {
  const wrong = sources
    .filter(({ path }) => !path.startsWith('test/') && !path.startsWith('bench/'))
    .flatMap((source) => source.imports.map(({ specifier }) => targetOf(source, specifier) ?? '').filter((target) => /^(test|bench)\//.test(target)));
  t.deepEqual(wrong, []);
});

test('no files import each other in a circle', (t) => {
  t.deepEqual(findCircles(sources), []);
});

test('protocol runs in the browser too: only the channel uses node modules', (t) => {
  const wrong = sources
    .filter(({ path }) => /^(protocol\/(?!channel\/)|console\/web\/(?!vite\.config)|console\/client\/(?!.*-node\.ts))/.test(path))
    .flatMap((source) => source.imports.filter(({ specifier, typeOnly }) => specifier.startsWith('node:') && !typeOnly).map(({ specifier }) => `${source.path} imports ${specifier}`));
  t.deepEqual(wrong, []);
});

/** Circles of imports that remain at run time, each as the list of its files. */
function findCircles(all: readonly Source[]): string[][] {
  const arrows = new Map(
    all.map((source) => [source.path, source.imports.filter(({ typeOnly }) => !typeOnly).map(({ specifier }) => targetOf(source, specifier) ?? '')]),
  );
  const circles: string[][] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: string[]): void => {
    const at = trail.indexOf(path);
    if (at >= 0) circles.push(trail.slice(at));
    if (at >= 0 || done.has(path)) return;
    for (const next of arrows.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of arrows.keys()) visit(path, []);
  return circles;
}
