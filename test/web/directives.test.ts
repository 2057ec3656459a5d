import { noContactVersions } from '../../protocol/contact-settings.ts';
import test from 'ava';
import { commandLine, quote } from '../../console/web/state/command-line.ts';
import { countStates, overallPercent, overallState, paramsLine } from '../../console/web/state/directive-summary.ts';
import { OutputText } from '../../console/web/state/output-text.ts';
import { paletteEntries } from '../../console/web/state/palette.ts';
import { readSettings, defaultSettings } from '../../console/web/state/settings.ts';
import { passwordStrength } from '../../console/web/state/password-strength.ts';
import { resultWords } from '../../console/web/state/result-words.ts';
import { byteSize, counted, duration, errorWords, relativeTime, shortSpan } from '../../console/web/state/words.ts';

const target = (state: 'waiting' | 'running' | 'succeeded' | 'failed', percent?: number) => ({ agentId: 'a', state, changedAtMs: 0, ...(percent === undefined ? {} : { percent }) });

test('an open state is shown before an end, the worst end before a good one', (t) => {
  t.is(overallState([target('succeeded'), target('failed'), target('running')]), 'running');
  t.is(overallState([target('succeeded'), target('failed')]), 'failed');
  t.deepEqual(countStates([target('succeeded'), target('failed'), target('succeeded')]), [{ state: 'succeeded', count: 2 }, { state: 'failed', count: 1 }]);
});

test('progress is the mean of the machines, and unknown when nobody says', (t) => {
  t.is(overallPercent([target('running', 50), target('succeeded')]), 75);
  t.is(overallPercent([target('running')]), undefined);
});

test('a directive is told by its main parameter', (t) => {
  t.is(paramsLine({ command: 'echo  a\n b', shell: 'sh' }), 'echo a b');
  t.is(paramsLine({ force: true, depth: 2 }), 'force=true depth=2');
  t.is(paramsLine({ command: 'x'.repeat(200) }, 10).length, 10);
});

test('the command line survives a POSIX shell', (t) => {
  t.is(quote("it's"), `'it'\\''s'`);
  t.is(commandLine({ machines: ['rec-02'], primitive: 'service.restart', params: { name: 'spooler' } }), `behest run rec-02 service.restart --params '{"name":"spooler"}'`);
  t.is(commandLine({ machines: ['a', 'b c'], primitive: 'agent.echo', params: {}, timeoutMs: 30_000 }), `behest run --agents 'a,b c' agent.echo --timeout 30s`);
  t.is(commandLine({ machines: ['a', 'b'], primitive: 'agent.echo', params: {}, rollout: { wave: '10%', stopAfter: '3' } }), 'behest run --agents a,b --wave 10% --stop-after 3 agent.echo');
});

test('secrets do not stand in the command line', (t) => {
  t.false(commandLine({ machines: ['a'], primitive: 'x.y', params: { password: 'hunter22' }, secrets: ['password'] }).includes('hunter22'));
});

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test('output keeps the order of its channels and leaves control sequences out', (t) => {
  const output = new OutputText();
  output.push({ channel: 'stdout', offset: 0, bytes: bytes('a\u001b[3') });
  output.push({ channel: 'stderr', offset: 0, bytes: bytes('oh') });
  output.push({ channel: 'stdout', offset: 4, bytes: bytes('1mb\u001b[0m\r\nc') });
  t.deepEqual(output.parts.map((part) => (part.kind === 'gap' ? '' : `${part.kind}:${part.text}`)), ['stdout:a', 'stderr:oh', 'stdout:b\nc']);
});

test('a letter that was cut in the middle is put together, and nothing is shown twice after a reconnection', (t) => {
  const output = new OutputText();
  const all = bytes('häst');
  output.push({ channel: 'stdout', offset: 0, bytes: all.subarray(0, 2) });
  output.push({ channel: 'stdout', offset: 0, bytes: all });
  output.push({ channel: 'stdout', offset: 2, bytes: all.subarray(2) });
  t.is(output.text(), 'häst');
});

test('missing output is said', (t) => {
  const output = new OutputText();
  output.push({ channel: 'stdout', offset: 10, bytes: bytes('late') });
  t.like(output.parts[0], { kind: 'gap', bytes: 10 });
});

test('times and sizes are short and plain', (t) => {
  t.deepEqual([0, 42_000, 7_300_000, 400_000_000].map(shortSpan), ['now', '42 s', '2 h', '4 d']);
  t.is(relativeTime(0, 120_000), '2 m ago');
  t.is(relativeTime(7_200_000, 0), 'in 2 h');
  t.deepEqual([412, 2400, 200_000].map(duration), ['412 ms', '2.4 s', '3 m 20 s']);
  t.deepEqual([12, 1536, 5_400_000, 2_000_398_934_016].map(byteSize), ['12 bytes', '1.5 KiB', '5.1 MiB', '1.8 TiB']);
  t.is(counted(1, 'machine'), '1 machine');
});

test('a code from a newer program has words too', (t) => {
  t.regex(errorWords('from-the-future').what, /does not know/);
  t.regex(errorWords('nonce-stale').todo, /Send it again/);
});

test('a result is written by its schema', (t) => {
  const schema = { type: 'object', properties: { disks: { type: 'array', items: { type: 'object', properties: { sizeBytes: { type: 'integer', title: 'Size', description: 'All of it.' } } } } } };
  const words = resultWords(schema, ['disks', 'sizeBytes']);
  t.like(words, { label: 'Size', help: 'All of it.' });
  t.is(words.format?.(2048), '2.0 KiB');
  t.is(resultWords({}, ['bootedAtMs']).label, 'Booted at');
});

test('damaged settings fall back', (t) => {
  t.deepEqual(readSettings('{"theme":"pink","timeZone":"Mars/Base","density":"comfortable"}'), { ...defaultSettings, density: 'comfortable' });
  for (const text of [null, '', '[]', 'null', '{{']) t.deepEqual(readSettings(text), defaultSettings);
});

test('a password is weighed by length before signs, and one’s own name does not help', (t) => {
  t.is(passwordStrength('short', '').level, 0);
  t.is(passwordStrength('aaaaaaaaaaaa', '').level, 0);
  t.is(passwordStrength('a bicycle leans on the wall', '').level, 3);
  t.is(passwordStrength('password123', '').level, 1);
  t.true(passwordStrength('jana-lives-here', 'jana').level < passwordStrength('omar-lives-here', 'jana').level);
});

test('the palette takes “shell on rec” for an act on a machine', (t) => {
  const machine = { id: 'a'.repeat(32), name: 'rec-01', site: 's', online: true, sinceMs: 0, enrolledAtMs: 0, rootVersion: 1, policyVersion: 1, contact: noContactVersions, quarantined: false, identityKey: '', facts: { hostname: '', platform: 'linux', architecture: '', osName: '', agentVersion: '', bootedAtMs: 0, addresses: [] } };
  const primitive = { name: 'shell.execute', title: 'Run a shell command', description: '', risk: 'control' as const, streams: 'live' as const, platforms: [], params: {}, result: {} };
  const sources = { machines: [machine], primitives: [primitive], places: [{ to: '/work', label: 'Work', question: 'What was done?' }] };
  t.deepEqual(paletteEntries('shell on rec', sources).map(({ kind }) => kind), ['terminal', 'run']);
  t.deepEqual(paletteEntries('work', sources).map(({ kind }) => kind), ['place']);
});
