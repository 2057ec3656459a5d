import { execFileSync } from 'node:child_process';
import test from 'ava';
import { machineZone } from '../../agent/schedules/zone.ts';
import { has } from '../support/needs.ts';

const script = `
  import { rmSync, symlinkSync } from 'node:fs';
  import { machineZone } from '${new URL('../../agent/schedules/zone.ts', import.meta.url).href}';
  for (const zone of ['Europe/Berlin', 'Asia/Tokyo']) {
    rmSync('/etc/localtime', { force: true });
    symlinkSync('/usr/share/zoneinfo/' + zone, '/etc/localtime');
    console.log(machineZone());
  }
`;

test('the zone of the machine is the present one, also when it was changed while the agent runs', (t) => {
  t.is(machineZone(), new Intl.DateTimeFormat().resolvedOptions().timeZone);
  if (!has(t, 'network namespaces')) return;
  const { TZ: _, ...env } = process.env;
  const run = (more: object): string => execFileSync('unshare', ['--mount', 'sh', '-c', 'mount -t tmpfs tmpfs /etc && exec "$NODE" --input-type=module --eval "$SCRIPT"'], { encoding: 'utf8', timeout: 60_000, env: { ...env, NODE: process.execPath, SCRIPT: script, ...more } });
  t.is(run({}), 'Europe/Berlin\nAsia/Tokyo\n');
  t.is(run({ TZ: 'America/Lima' }), 'America/Lima\nAmerica/Lima\n', 'what was said is kept to');
});
