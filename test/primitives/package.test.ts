import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import test from 'ava';
import * as fc from 'fast-check';
import { aptArguments, aptFailure, readDpkg, readSimulation } from '../../agent/primitives/package/apt.ts';
import { readFlatpak, readSnap } from '../../agent/primitives/package/bundles.ts';
import { dnfArguments, dnfFailure, readCheckUpdate, readRpm } from '../../agent/primitives/package/dnf.ts';
import { readInstalled, readUpgrades, wingetArguments, wingetFailure } from '../../agent/primitives/package/winget.ts';
import { makeWorkshop } from '../execution/support.ts';
import type { Workshop } from '../execution/support.ts';
import { AptRoot } from '../support/apt-root.ts';
import { missing } from '../support/needs.ts';

const real = missing('apt and dpkg-deb (as root)') ? test.serial.skip : test.serial;
if (real === test.serial.skip) console.log('package: needs apt-get, dpkg-deb, perl and root; the real manager is passed over');

let root: AptRoot;
let workshop: Workshop;

test.before(async () => {
  root = await AptRoot.make();
  workshop = makeWorkshop();
});
test.after.always(async () => {
  await workshop?.executor.stop();
  await root?.remove();
});

real('a package is installed, seen, updated and removed, and each step is verified', async (t) => {
  root.offer('1.0');
  const found = await workshop.run('package.updates', { refresh: true });
  t.is(found.ending.status, 'succeeded', found.ending.detail);
  const installed = await workshop.run('package.install', { packages: ['behest-tiny'] });
  t.is(installed.ending.status, 'succeeded', `${installed.ending.detail} ${installed.stderr}`);
  t.deepEqual(installed.ending.result, { changes: [{ name: 'behest-tiny', before: '', after: '1.0' }], truncated: false });
  t.regex(installed.stdout.toString(), /Setting up behest-tiny/);
  const listed = await workshop.run('package.list', { name: 'behest' });
  t.deepEqual(listed.ending.result, { packages: [{ name: 'behest-tiny', version: '1.0', architecture: 'all', manager: 'apt' }], total: 1, truncated: false });

  root.offer('2.0');
  const newer = await workshop.run('package.updates', { refresh: true });
  t.deepEqual(newer.ending.result, { updates: [{ name: 'behest-tiny', installed: '1.0', available: '2.0' }], truncated: false });
  const updated = await workshop.run('package.update', {});
  t.deepEqual(updated.ending.result, { changes: [{ name: 'behest-tiny', before: '1.0', after: '2.0' }], truncated: false });
  const removed = await workshop.run('package.remove', { packages: ['behest-tiny'] });
  t.deepEqual(removed.ending.result, { changes: [{ name: 'behest-tiny', before: '2.0', after: '' }], truncated: false });
});

real('a package that no source has is not found, nor is one to remove that is not there', async (t) => {
  t.is((await workshop.run('package.install', { packages: ['behest-no-such'] })).ending.code, 'not-found');
  t.is((await workshop.run('package.remove', { packages: ['behest-no-such'] })).ending.code, 'not-found');
});

real('a lock that another program holds is waited for as long as was said, then it is busy', async (t) => {
  const hold = 'use Fcntl; open(F, ">>", $ARGV[0]) or die; my $lock = pack("ssx4qqi", F_WRLCK, 0, 0, 0, 0); fcntl(F, F_SETLK, $lock) or die; $| = 1; print "held\\n"; sleep 60';
  const holder = spawn('perl', ['-e', hold, join(root.path, 'var/lib/dpkg/lock-frontend')], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(holder.stdout, 'data');
  const refused = await workshop.run('package.install', { packages: ['behest-tiny'], lockSeconds: 0 });
  holder.kill();
  t.is(refused.ending.code, 'busy', refused.ending.detail);
});

test('names stand behind -- and are never options', (t) => {
  t.deepEqual(aptArguments({ verb: 'remove', names: ['a'], lockSeconds: 5 }).slice(-5), ['-o', 'DPkg::Lock::Timeout=5', 'remove', '--', 'a']);
  t.deepEqual(dnfArguments({ verb: 'update', names: ['a'], lockSeconds: 5 }).slice(-3), ['upgrade', '--', 'a']);
  t.deepEqual(wingetArguments({ verb: 'install', names: ['7zip.7zip'], lockSeconds: 5 })[0]?.slice(0, 4), ['install', '--id', '7zip.7zip', '--exact']);
});

test('what the managers say is read as they said it', (t) => {
  t.deepEqual(readDpkg('ii \tcurl\t8.5.0-2\tamd64\nrc \tgone\t1\tall\n'), [{ name: 'curl', version: '8.5.0-2', architecture: 'amd64', manager: 'apt' }]);
  t.deepEqual(readSimulation('Inst curl [7.88.1-10] (7.88.1-12 Debian:12 [amd64])\nInst new (1 x [all])\nConf curl (7)\n'), [{ name: 'curl', installed: '7.88.1-10', available: '7.88.1-12' }]);
  t.deepEqual(readRpm('bash\t5.2.26-3.fc40\tx86_64\ngpg-pubkey\t1-2\t(none)\n'), [{ name: 'bash', version: '5.2.26-3.fc40', architecture: 'x86_64', manager: 'dnf' }]);
  t.deepEqual(readCheckUpdate('\nbash.x86_64      5.2.32-1.fc40     updates\nObsoleting Packages\nold.noarch  1-1  updates\n'), [{ name: 'bash', installed: '', available: '5.2.32-1.fc40' }]);
  t.deepEqual(readFlatpak('org.gimp.GIMP\t2.10.38\tx86_64\n'), [{ name: 'org.gimp.GIMP', version: '2.10.38', architecture: 'x86_64', manager: 'flatpak' }]);
  t.deepEqual(readSnap('Name  Version  Rev  Tracking  Publisher  Notes\ncore22  20240111  1122  latest/stable  canonical✓  base\n'), [{ name: 'core22', version: '20240111', architecture: '', manager: 'snap' }]);
});

test('tables of winget are cut by their head', (t) => {
  const upgrades = '\r   - \rName          Id               Version Available Source\r\n---------------------------------------------------------\r\n7-Zip (x64)   7zip.7zip        23.01   24.08     winget\r\n1 upgrades available.\r\n';
  t.deepEqual(readUpgrades(upgrades), [{ name: '7zip.7zip', installed: '23.01', available: '24.08' }]);
  t.deepEqual(readInstalled(upgrades), [{ name: '7zip.7zip', version: '23.01', architecture: '', manager: 'winget' }]);
});

test('what went wrong has its code', (t) => {
  const codeOf = (outcome: ReturnType<typeof aptFailure>) => (outcome.ok ? 'none' : outcome.code);
  t.is(codeOf(aptFailure('E: Could not get lock /var/lib/dpkg/lock-frontend.')), 'busy');
  t.is(codeOf(aptFailure('E: Unable to locate package x')), 'not-found');
  t.is(codeOf(aptFailure('E: Sub-process /usr/bin/dpkg returned an error code (1)')), 'tool-failed');
  t.is(codeOf(dnfFailure('Error: Unable to find a match: x')), 'not-found');
  t.is(codeOf(wingetFailure('No package found matching input criteria.')), 'not-found');
});

test('no text of a manager breaks a reader', (t) => {
  for (const read of [readDpkg, readSimulation, readRpm, readCheckUpdate, readFlatpak, readSnap, readInstalled, readUpgrades]) {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => Array.isArray(read(text))));
  }
  t.pass();
});
