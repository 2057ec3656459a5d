import test from 'ava';
import { describeAll } from '../../agent/primitives/registry.ts';
import { platformNames, schemaWords } from '../../console/client/schema-words.ts';
import type { PropertyWords } from '../../console/client/schema-words.ts';
import { platforms } from '../../protocol/primitive.ts';
import type { PrimitiveDescription } from '../../protocol/primitive.ts';
import { heldAgainst } from './page.ts';

const all = await describeAll();

test('docs/primitives.md tells on which system each primitive is', (t) => {
  const made = [
    `| primitive | risk | what it does | ${platforms.map((platform) => platformNames[platform]).join(' | ')} |`,
    '| --- | --- | --- | :-: | :-: | :-: |',
    ...all.map((one) => `| [\`${one.name}\`](#${one.name.replace('.', '')}) | ${one.risk} | ${one.title} | ${platforms.map((platform) => (one.platforms.includes(platform) ? 'yes' : '')).join(' | ')} |`),
  ].join('\n');
  t.is(heldAgainst('primitives.md', 'matrix', made), made);
});

test('docs/primitives.md describes exactly the primitives, from their schemas', (t) => {
  const families = Map.groupBy(all, ({ name }) => name.slice(0, name.indexOf('.')));
  const made = [...families].map(([family, members]) => [`## ${family}`, ...members.map(described)].join('\n\n')).join('\n\n');
  t.is(heldAgainst('primitives.md', 'primitives', made), made);
});

function described(one: PrimitiveDescription): string {
  return [
    `### ${one.name}`,
    `${one.title} · ${one.risk} · ${one.platforms.map((platform) => platformNames[platform]).join(', ')}${streamWords[one.streams]}`,
    cell(one.description),
    fieldTable('parameter', schemaWords(one.params)),
    fieldTable('result', schemaWords(one.result)),
  ].filter((part) => part !== '').join('\n\n');
}

const streamWords = { none: '', output: ' · shows its output while it runs', live: ' · can be tied to a live stream' };

function fieldTable(title: string, fields: readonly PropertyWords[]): string {
  if (fields.length === 0) return '';
  const rows = fields.map(({ name, type, required, byDefault, help }) => `| \`${name}\` | ${cell(type)}${required ? '' : byDefault === undefined ? ', optional' : `; \`${JSON.stringify(byDefault)}\` unless given`} | ${cell(help)} |`);
  return [`| ${title} | form | what it is |`, '| --- | --- | --- |', ...rows].join('\n');
}

/** A text of one line that does not end its cell. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ').replaceAll('<', '&lt;');
}
