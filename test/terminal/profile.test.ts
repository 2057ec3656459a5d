import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { keepToken, keptToken, readProfile, settingsFrom, writeProfile } from '../../console/terminal/profile.ts';

const profile = { address: 'https://localhost:1', authority: 'PEM', personId: 'p', name: 'n', keyId: 'k', key: 'PEM' };

function folder(t: { teardown(task: () => void): void }): string {
  const path = mkdtempSync(join(tmpdir(), 'behest-profile-'));
  t.teardown(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

test('a profile comes back as it was written, and only its owner may read it', (t) => {
  const path = join(folder(t), 'profile.json');
  writeProfile(path, profile);
  t.deepEqual(readProfile(path), { ok: true, value: profile });
  t.is(statSync(path).mode & 0o777, 0o600);
  chmodSync(path, 0o644);
  writeProfile(path, profile);
  t.is(statSync(path).mode & 0o777, 0o600);
});

test('a profile that is absent, not JSON or of another form is no profile', (t) => {
  const path = join(folder(t), 'profile.json');
  for (const text of [undefined, '{', '{}', JSON.stringify({ ...profile, address: 'http://x' })]) {
    if (text !== undefined) writeFileSync(path, text);
    const read = readProfile(path);
    t.is(read.ok ? '' : read.code, 'no-profile');
  }
});

test('options win over the environment', (t) => {
  t.is(settingsFrom({ data: '/a' }, { BEHEST_DATA: '/b' }).profilePath, '/a/profile.json');
  t.is(settingsFrom({}, { BEHEST_DATA: '/b' }).dataFolder, '/b');
  t.is(settingsFrom({}, { BEHEST_PROFILE: '/p.json' }).profilePath, '/p.json');
  t.regex(settingsFrom({}, {}).dataFolder, /\/var$/);
});

test('a kept token is given back for its own key only', (t) => {
  const path = join(folder(t), 'profile.json');
  t.is(keptToken(path, 'k'), undefined);
  t.true(keepToken(path, 'k', 'secret'));
  t.is(keptToken(path, 'k'), 'secret');
  t.is(keptToken(path, 'other'), undefined);
});
