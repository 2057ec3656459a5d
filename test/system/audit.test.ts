/** The whole way: a change on the machine between two audits is what the console shows, and nothing else. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mkdirSync, writeFileSync } from 'node:fs';
import test from 'ava';
import { behest, startQuickly } from '../support/behest.ts';

test('a package that came between two audits is the one change between them', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'behest-test-'));
  const admin = join(folder, 'dpkg');
  mkdirSync(admin);
  const status = (...names: string[]): void => writeFileSync(join(admin, 'status'), names.map((name) => `Package: ${name}\nStatus: install ok installed\nArchitecture: all\nVersion: 1\nMaintainer: nobody\nDescription: x\n\n`).join(''));
  status('first');
  process.env['DPKG_ADMINDIR'] = admin;
  const data = join(folder, 'data');
  const running = await startQuickly(data);
  t.teardown(async () => {
    await running.stop();
    await rm(folder, { recursive: true, force: true });
  });
  const { agentId } = running.ready;
  const full = await behest(data, ['audit', agentId]);
  t.regex(full.stdout.toString(), /^full audit\n/, full.stderr);
  const nothing = await behest(data, ['audit', agentId]);
  t.is(nothing.stdout.toString(), 'nothing changed since the last audit\n', nothing.stderr);
  status('first', 'second');
  const increment = await behest(data, ['audit', agentId]);
  t.is(increment.stdout.toString(), 'changed since the last audit\nsoftware: 2 rows\n', increment.stderr);
  const shown = await behest(data, ['audit', agentId, '--changes', '--json']);
  const changes = JSON.parse(shown.stdout.toString());
  t.regex(shown.stderr, /verified: the machine signed both states/);
  t.deepEqual([shown.code, changes.verified], [0, true]);
  t.deepEqual(changes.sections, [{ section: 'software', added: [{ id: 'apt second all', version: '1' }], removed: [], changed: [] }]);
});
