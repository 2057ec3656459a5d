import test from 'ava';
import { pathWords, reachedInShort, reachedWords, secondsText } from '../../console/client/contact-words.ts';
import { overridesFrom } from '../../console/terminal/contact-options.ts';
import type { SettingOptions } from '../../console/terminal/contact-options.ts';

test('options become settings, in seconds', (t) => {
  const named = overridesFrom({ mode: 'polling', interval: '1h30m', retries: '0', spacing: '5s', order: 'wss, tcp', upgrade: '20s', metered: 'wait' });
  t.deepEqual(named, { ok: true, value: { intervalSeconds: 5400, spacingSeconds: 5, upgradeSeconds: 20, mode: 'polling', metered: 'wait', retries: 0, order: ['wss', 'tcp'] } });
  t.deepEqual(overridesFrom({ clear: true }), { ok: true, value: {} });
});

const refused: readonly (readonly [SettingOptions, RegExp])[] = [
  [{}, /^name a setting to set, or --clear$/],
  [{ interval: 'soon' }, /^soon is not a duration/],
  [{ interval: '1s' }, /^--interval must be >= 5, in seconds$/],
  [{ interval: '1500ms' }, /^--interval /],
  [{ interval: '2d' }, /^--interval must be <= 86400, in seconds$/],
  [{ retries: 'many' }, /^--retries /],
  [{ retries: '' }, /^--retries /],
  [{ retries: '-1' }, /^--retries must be >= 0$/],
  [{ order: 'wss,pigeon' }, /^--order /],
  [{ order: 'wss,wss' }, /^--order /],
  [{ order: '' }, /^--order /],
];

for (const [options, expected] of refused) {
  test(`refused with the option's name: ${JSON.stringify(options)}`, (t) => {
    const named = overridesFrom(options);
    if (named.ok) return t.fail(JSON.stringify(named.value));
    t.is(named.code, 'usage');
    t.regex(named.detail, expected);
  });
}

test('how a machine is reached is said in words', (t) => {
  const proxy = 'http://10.0.0.5:3128';
  const way = { transport: 'https-long-poll', path: proxy, address: 'relay.example:443' };
  const cut = { ...way, transport: 'wss', code: 'connection-lost', detail: '', atMs: 1 };
  t.is(reachedWords({ way, failed: [cut] }), 'HTTPS long poll through proxy 10.0.0.5:3128; WebSocket (TLS) was cut by it');
  t.is(reachedWords({ way, failed: [{ ...cut, path: 'directly', code: 'unreachable' }] }), 'HTTPS long poll through proxy 10.0.0.5:3128; WebSocket (TLS) directly did not get through');
  t.is(reachedWords({ way: { ...way, transport: 'pigeon', path: 'directly' }, failed: [{ ...cut, code: 'too-windy', path: 'directly' }] }), 'pigeon directly; WebSocket (TLS) failed (too-windy)');
  t.is(reachedWords({ way, failed: [{ ...cut, transport: way.transport, address: 'other:443' }] }), 'HTTPS long poll through proxy 10.0.0.5:3128');
  t.is(pathWords('socks5://[2001:db8::1]:1080'), 'through SOCKS5 proxy [2001:db8::1]:1080');
  const reached = { way, failed: [], atMs: 1 };
  t.is(reachedInShort({ transport: 'https-long-poll', reached }), 'HTTPS long poll · proxy 10.0.0.5:3128');
  t.is(reachedInShort({ transport: 'https-long-poll', reached: { ...reached, way: { ...way, path: 'directly' } } }), 'HTTPS long poll');
  t.is(reachedInShort({ transport: 'wss', reached }), 'WebSocket (TLS)', 'it was said of another transport');
  t.deepEqual([5, 60, 90, 5400, 86_400, 0].map(secondsText), ['5s', '1m', '1m30s', '1h30m', '24h', '0s']);
});
