import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { rejectBytes } from '../../protocol/channel/reject.ts';
import { errorCatalogue } from '../../protocol/errors.ts';
import { limits } from '../../protocol/limits.ts';
import { FromAgent, ToAgent } from '../../protocol/messages/agent.ts';
import { FromConsole, ToConsole } from '../../protocol/messages/live.ts';
import { rooms } from '../architecture/rooms.ts';
import { projectRoot } from '../architecture/sources.ts';
import { heldAgainst } from './page.ts';

test('docs/errors.md lists exactly the catalogue, in its words', (t) => {
  const rows = Object.entries(errorCatalogue).map(([code, { meaning, retryable, advice }]) => `| \`${code}\` | ${meaning} | ${retryable ? 'yes' : 'no'} | ${advice} |`);
  const made = ['| code | meaning | retryable | what to do |', '| --- | --- | --- | --- |', ...rows].join('\n');
  t.is(heldAgainst('errors.md', 'codes', made), made);
});

test('docs/protocol.md lists exactly the bounds of protocol/limits.ts', (t) => {
  const rows = Object.entries(limits).map(([name, value]) => `| \`${name}\` | ${value.toLocaleString('en')} |`);
  const made = ['| bound | value |', '| --- | --- |', ...rows].join('\n');
  t.is(heldAgainst('protocol.md', 'limits', made), made);
});

test('docs/protocol.md lists exactly the codes of a rejection', (t) => {
  const rows = Object.entries(rejectBytes).map(([code, byte]) => `| ${byte} | \`${code}\` |`);
  const made = ['| byte | code |', '| --- | --- |', ...rows].join('\n');
  t.is(heldAgainst('protocol.md', 'rejections', made), made);
});

test('docs/protocol.md lists exactly the kinds of messages', (t) => {
  const families = { 'agent': FromAgent, 'intermediary to agent': ToAgent, 'console': FromConsole, 'intermediary to console': ToConsole };
  const rows = Object.entries(families).map(([from, { anyOf }]) => `| ${from} | ${anyOf.map(({ properties }) => `\`${properties.kind.const}\``).join(', ')} |`);
  const made = ['| from | kinds |', '| --- | --- |', ...rows].join('\n');
  t.is(heldAgainst('protocol.md', 'kinds', made), made);
});

test('docs/architecture.md lists exactly the allowed arrows of import', (t) => {
  const rows = rooms.filter(({ because }) => because !== '').map(({ room, mayImport, because }) => `| \`${room}\` | ${mayImport.map((name) => `\`${name}\``).join(' ')} | ${because} |`);
  const made = ['| room | may import, besides itself | why nothing else |', '| --- | --- | --- |', ...rows].join('\n');
  t.is(heldAgainst('architecture.md', 'arrows', made), made);
});

test('docs/dependencies.md justifies exactly the packages of package.json', (t) => {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as Record<'dependencies' | 'devDependencies', Record<string, string>>;
  const justified = [...readFileSync(join(projectRoot, 'docs/dependencies.md'), 'utf8').matchAll(/^\| `([^`]+)` \| .{10,} \|$/gm)].map((match) => match[1]);
  t.deepEqual(justified.toSorted(), [...Object.keys(dependencies), ...Object.keys(devDependencies)].toSorted());
});

test('every package is named with one exact version', (t) => {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as Record<'dependencies' | 'devDependencies', Record<string, string>>;
  t.deepEqual(Object.entries({ ...dependencies, ...devDependencies }).filter(([, version]) => !/^(npm:@[a-z]+\/[a-z-]+@)?\d+\.\d+\.\d+$/.test(version)), []);
});

test('package-lock.json holds no address of a registry', (t) => {
  t.notRegex(readFileSync(join(projectRoot, 'package-lock.json'), 'utf8'), /"resolved"/);
});

test('every page of docs/ is reached from the README', (t) => {
  const readme = readFileSync(join(projectRoot, 'README.md'), 'utf8');
  t.deepEqual(readdirSync(join(projectRoot, 'docs')).filter((page) => page.endsWith('.md') && !readme.includes(`docs/${page}`)), []);
});
