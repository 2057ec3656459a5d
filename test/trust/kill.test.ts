/**
 * The process is killed at any moment, many times over; what it was promised still holds. BEHEST_KILLS asks for more,
 * BEHEST_SEED for the same moments again.
 */
import { spawn } from 'node:child_process';
import { hash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { blob } from '../../agent/trust/columns.ts';
import { openTrust } from '../../agent/trust/trust.ts';
import { base64Url, hex, utf8 } from '../../protocol/bytes.ts';
import { systemRandom } from '../../protocol/clock.ts';
import { readReport } from '../../protocol/statements/read.ts';
import { newFolder, valueOf, worldClock } from '../support/world.ts';

const kills = Number(process.env['BEHEST_KILLS'] ?? 30);
const seed = Number(process.env['BEHEST_SEED'] ?? Date.now() % 2 ** 31);
const child = fileURLToPath(new URL('kill-child.ts', import.meta.url));

function lines(path: string): string[] {
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : [];
}

/** A moment between the first breath of the process and a hundred directives later; the same for the same seed. */
function momentMs(life: number): number {
  return Number.parseInt(hash('sha256', `${seed} ${life}`).slice(0, 6), 16) % 400;
}

async function live(path: string, life: number): Promise<void> {
  const running = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', child, path, String(life)], { stdio: ['ignore', 'ignore', 'pipe'] });
  let complaint = '';
  running.stderr.on('data', (chunk) => {
    complaint += String(chunk);
  });
  const gone = once(running, 'exit');
  const opened = `opened ${life} `;
  while (!lines(`${path}.promises`).some((line) => line.startsWith(opened)) && running.exitCode === null) await delay(10);
  await delay(momentMs(life));
  running.kill('SIGKILL');
  await gone;
  if (complaint !== '') throw new Error(`life ${life}: ${complaint}`);
}

test(`what was promised outlives ${kills} kills at any moment`, async (t) => {
  t.timeout(20 * 60_000);
  t.log(`BEHEST_SEED=${seed}`);
  const folder = newFolder();
  t.teardown(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'agent.db');
  for (let life = 1; life <= kills; life += 1) await live(path, life);

  const trust = valueOf(openTrust(path, { clock: worldClock(), random: systemRandom, platform: 'linux' }));
  const resumable = new Set(trust.resumable().map(({ directive }) => directive.id));
  const [newest, base] = trust.keys.chains();
  trust.close();
  const { statuses, chain } = allReports(path);
  const promises = lines(`${path}.promises`);
  const promised = (word: string): string[] => promises.filter((line) => line.startsWith(`${word} `)).map((line) => line.split(' ')[1] ?? '');
  const deeds = lines(`${path}.deeds`);

  t.is(new Set(deeds).size, deeds.length, 'none was done twice');
  t.is(new Set(promises.filter((line) => line.startsWith('opened')).map((line) => line.split(' ')[2])).size, 1, 'one identity');

  const lost = promised('accepted').filter((id) => !statuses.has(id) && !resumable.has(id));
  t.deepEqual(lost, [], 'none that was accepted is lost');
  t.deepEqual(promised('reported').filter((id) => statuses.get(id) !== 'succeeded'), [], 'every report that was promised is there');
  t.deepEqual(deeds.filter((id) => !['succeeded', 'interrupted'].includes(statuses.get(id) ?? '')), [], 'what was done is reported, or interrupted');
  t.deepEqual([...resumable].filter((id) => deeds.includes(id)), [], 'what may still start was never done');
  t.is(chain, 'whole');

  const rolled = Number(promised('rolled').at(-1) ?? 0);
  t.true(newest !== undefined && newest.number >= rolled, 'no key that was stored is forgotten');
  for (const each of [newest, base]) if (each !== undefined && each.number > 0) t.is(hex(each.secret), hash('sha256', utf8(`chain ${each.number}`)), 'keys are whole');
  t.is(base?.number, (newest?.number ?? 0) - 1, 'the pair belongs together');
  t.log(`${promised('accepted').length} accepted, ${deeds.length} done, ${promised('interrupted').length} interrupted, ${resumable.size} to resume, ${rolled} keys`);
});

/** Status of every report there is, and whether counters and digests chain without a gap. Looks below the agent's own doors. */
function allReports(path: string): { statuses: Map<string, string>; chain: string } {
  const db = new DatabaseSync(path);
  const rows = db.prepare("SELECT report FROM directives WHERE state = 'reported' ORDER BY counter").all();
  db.close();
  const statuses = new Map<string, string>();
  let chain = 'whole';
  let previous = { counter: 0, digest: '' };
  for (const row of rows) {
    const payload = blob(row, 'report');
    const report = valueOf(readReport(payload));
    if (statuses.has(report.directiveId)) chain = `${report.directiveId} has two reports`;
    if (report.counter !== previous.counter + 1 || report.previous !== previous.digest) chain = `a gap before ${report.counter}`;
    previous = { counter: report.counter, digest: base64Url(hash('sha256', payload, 'buffer')) };
    statuses.set(report.directiveId, report.status);
  }
  return { statuses, chain };
}
