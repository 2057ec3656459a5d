import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { assert, property, string } from 'fast-check';
import { parseCrontab } from '../../agent/primitives/schedule/cron.ts';
import { parseAtq } from '../../agent/primitives/schedule/linux.ts';
import type { ScheduleRow } from '../../agent/primitives/schedule/timetable.ts';
import { spanMs, timerRow } from '../../agent/primitives/schedule/timers.ts';
import { has } from '../support/needs.ts';
import { bootSystemd } from '../support/systemd-machine.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const units = {
  'behest-tick.timer': '[Unit]\nDescription=Ticks\n[Timer]\nOnCalendar=*-*-* 04:05:00\nOnBootSec=100h\n',
  'behest-tick.service': '[Service]\nType=oneshot\nExecStart=/bin/true\n',
  'behest-span.timer': '[Timer]\nOnActiveSec=2h\nUnit=behest-tick.service\n',
};

test('timers of a real systemd are listed with when they run next', async (t) => {
  if (!has(t, 'systemd-nspawn (as root)')) return;
  const { run, sh } = await bootSystemd(t, units);
  await sh('systemctl start behest-tick.timer behest-span.timer');
  const rows = Object((await run('schedule.list', { contains: 'behest-' })).result).schedules as ScheduleRow[];
  const [span, tick] = rows.sort((left, right) => left.name.localeCompare(right.name));
  t.like(tick, { kind: 'systemd', name: 'behest-tick.timer', when: '*-*-* 04:05:00; after the start of the machine 4d 4h', active: true, command: 'behest-tick.service' });
  const next = new Date(tick?.nextAtMs ?? 0);
  t.deepEqual([next.getUTCHours(), next.getUTCMinutes(), next.getTime() > Date.now()], [4, 5, true]);
  t.true(Math.abs((span?.nextAtMs ?? 0) - Date.now() - 7_200_000) < 120_000);
  t.is(span?.when, 'after the timer was started 2h');
});

test('tables of cron, of the system and of users, folders that cron runs, and jobs of at are listed', async (t) => {
  if (!has(t, 'network namespaces', 'at')) return;
  const folder = await temporaryFolder(t);
  for (const name of ['etc/cron.d', 'etc/cron.daily', 'etc/cron.hourly', 'etc/cron.weekly', 'etc/cron.monthly', 'crontabs']) mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, 'etc/crontab'), 'SHELL=/bin/sh\n# m h dom mon dow user command\n17 *\t* * *\troot    cd / && run-parts --report /etc/cron.hourly\n');
  writeFileSync(join(folder, 'etc/cron.d/backup'), '@reboot backup /usr/bin/backup --all\n');
  writeFileSync(join(folder, 'etc/cron.d/backup.dpkg-old'), '1 1 * * * root never\n');
  writeFileSync(join(folder, 'etc/cron.daily/logrotate'), '#!/bin/sh\n');
  writeFileSync(join(folder, 'crontabs/ada.l'), '@daily dots\n');
  writeFileSync(join(folder, 'crontabs/tmp.XbQ2Lq'), '@daily being edited\n');
  writeFileSync(join(folder, 'crontabs/ada'), '*/5 8-18 * * Mon-Fri  /home/ada/check  --all\n');
  const commands = [
    'set -e', 'for place in crontab cron.d cron.daily cron.hourly cron.weekly cron.monthly; do mount --bind "$FOLDER/etc/$place" "/etc/$place" 2>/dev/null || true; done',
    'mount --bind "$FOLDER/crontabs" /var/spool/cron/crontabs', 'mount -t tmpfs -o mode=1770,gid=daemon,uid=daemon tmpfs /var/spool/cron/atjobs', 'touch /var/spool/cron/atjobs/.SEQ; chown daemon:daemon /var/spool/cron/atjobs/.SEQ',
    'echo true | at 06:05 2030-01-02 2>/dev/null || true', '"$NODE" "$RUNNER" schedule.list',
  ].join('\n');
  const environment = { ...process.env, TZ: 'UTC', NODE: process.execPath, RUNNER: join(import.meta.dirname, '../support/run-primitive.ts'), FOLDER: folder };
  const { result } = JSON.parse(execFileSync('unshare', ['--mount', 'sh', '-c', commands], { encoding: 'utf8', timeout: 60_000, env: environment }));
  t.deepEqual(result.schedules.filter(({ kind }: ScheduleRow) => kind !== 'systemd'), [
    { kind: 'cron', name: '/etc/crontab', when: '17 * * * *', user: 'root', active: true, command: 'cd / && run-parts --report /etc/cron.hourly' },
    { kind: 'cron', name: '/etc/cron.d/backup', when: '@reboot', user: 'backup', active: true, command: '/usr/bin/backup --all' },
    { kind: 'cron', name: '/var/spool/cron/crontabs/ada', when: '*/5 8-18 * * Mon-Fri', user: 'ada', active: true, command: '/home/ada/check  --all' },
    { kind: 'cron', name: '/var/spool/cron/crontabs/ada.l', when: '@daily', user: 'ada.l', active: true, command: 'dots' },
    { kind: 'cron', name: '/etc/cron.daily', when: '@daily', user: 'root', active: true, command: '/etc/cron.daily/logrotate' },
    { kind: 'at', name: 'job 1', when: 'once', user: 'root', nextAtMs: Date.UTC(2030, 0, 2, 6, 5), active: true, command: 'at -c 1 shows it' },
  ]);
});

test('spans of systemd are added up', (t) => {
  t.is(spanMs('5h 36min 3.639746s'), 5 * 3_600_000 + 36 * 60_000 + 3639.746);
  t.is(spanMs('1w 2d'), 9 * 86_400_000);
  for (const text of ['', 'infinity', '5 parsecs']) t.is(spanMs(text), undefined);
});

test('whatever these tables say, it is read', (t) => {
  t.notThrows(() => assert(property(string(), (text) => Array.isArray(parseCrontab(text, 'x')) && Array.isArray(parseCrontab(text, 'x', 'y')) && Array.isArray(parseAtq(text)) && timerRow({ TimersCalendar: text, NextElapseUSecMonotonic: text }, 0).kind === 'systemd')));
  t.deepEqual(parseCrontab('* * * * *\n* * * * root\n@never root x\n5 4 * * sun root  run\n', 'x').map(({ command }) => command), ['run']);
});
