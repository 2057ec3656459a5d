/**
 * Files: one large one up and down through agent, intermediary and console, in turns with the bare transfer, what that does
 * to the intermediary's memory, and the first screen of a very full directory.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RemoteFiles } from '../console/client/files/remote-files.ts';
import { deskOf } from '../console/terminal/files/desk.ts';
import { LocalSink, openSource } from '../console/terminal/files/local-file.ts';
import type { Outcome } from '../protocol/outcome.ts';
import type { Installation } from './behest.ts';
import { bareTransfer } from './floors/bare-file.ts';
import { memoryOf } from './memory.ts';
import { figure } from './table.ts';
import type { Row } from './table.ts';

const megabytes = Number(process.env['BEHEST_BENCH_FILE_MB'] ?? 300);
const entries = 100_000;
const turns = 3;

export type FileFigures = {
  readonly ours: { readonly upMBs: number; readonly downMBs: number };
  readonly floor: { readonly upMBs: number; readonly downMBs: number };
  readonly intermediaryMB: { readonly before: number; readonly after: number };
  readonly firstScreenMs: number;
};

export async function fileFigures(installation: Installation, folder: string): Promise<FileFigures> {
  mkdirSync(folder);
  const [from, to] = [join(folder, 'from'), join(folder, 'to')];
  execFileSync('sh', ['-c', 'head -c "$1"000000 /dev/urandom > "$2"', 'sh', String(megabytes), from]);
  const files = filesOf(installation);
  const bare = await bareTransfer(folder);
  const ours = { up: () => put(files, from, to), down: () => get(files, from, to) };
  const best = { oursUp: 0, oursDown: 0, floorUp: 0, floorDown: 0 };
  await put(files, from, to);
  const before = memoryOf(installation.intermediaryPid).privateMB;
  for (let turn = 0; turn < turns; turn += 1) {
    best.floorUp = Math.max(best.floorUp, await rate(to, () => bare.up(from, to)));
    best.oursUp = Math.max(best.oursUp, await rate(to, ours.up));
    best.floorDown = Math.max(best.floorDown, await rate(to, () => bare.down(from, to)));
    best.oursDown = Math.max(best.oursDown, await rate(to, ours.down));
  }
  const after = memoryOf(installation.intermediaryPid).privateMB;
  await bare.stop();
  return {
    ours: { upMBs: best.oursUp, downMBs: best.oursDown },
    floor: { upMBs: best.floorUp, downMBs: best.floorDown },
    intermediaryMB: { before, after },
    firstScreenMs: await firstScreen(files, join(folder, 'full')),
  };
}

export function fileRows({ ours, floor, intermediaryMB, firstScreenMs }: FileFigures): Row[] {
  const row = (what: string, mine: number, bare: number): Row => ({
    what, measured: figure(mine, 'MB/s'), floor: figure(bare, 'MB/s'), asked: `≥ 60% of floor (${((100 * mine) / bare).toFixed(0)}%)`, reached: mine >= 0.6 * bare ? 'yes' : 'no',
  });
  const grown = intermediaryMB.after - intermediaryMB.before;
  return [
    row(`file up, ${megabytes} MB`, ours.upMBs, floor.upMBs),
    row(`file down, ${megabytes} MB`, ours.downMBs, floor.downMBs),
    { what: `intermediary before and after ${2 * turns} files, private`, measured: `${figure(intermediaryMB.before, 'MB')} / ${figure(intermediaryMB.after, 'MB')}`, floor: '', asked: 'flat (≤ 20 MB more)', reached: grown <= 20 ? 'yes' : 'no' },
    { what: `file.list of ${entries.toLocaleString('en')}, first screen`, measured: figure(firstScreenMs, 'ms'), floor: '', asked: '< 1 s', reached: firstScreenMs < 1000 ? 'yes' : 'no' },
  ];
}

async function rate(to: string, transfer: () => Promise<void>): Promise<number> {
  rmSync(to, { force: true });
  const started = performance.now();
  await transfer();
  return (megabytes * 1000) / (performance.now() - started);
}

async function firstScreen(files: RemoteFiles, folder: string): Promise<number> {
  mkdirSync(folder);
  for (let index = 0; index < entries; index += 1) writeFileSync(join(folder, `entry ${index}`), '');
  const started = performance.now();
  take(await files.list({ path: folder }));
  return performance.now() - started;
}

function filesOf({ connection }: Installation): RemoteFiles {
  return new RemoteFiles(deskOf(connection), connection.machines.all[0]?.id ?? '');
}

async function put(files: RemoteFiles, from: string, to: string): Promise<void> {
  const { source, close } = take(await openSource(from));
  take(await files.upload(source, { path: to }));
  await close();
}

async function get(files: RemoteFiles, from: string, to: string): Promise<void> {
  const sink = take(await LocalSink.open(to));
  take(await files.download({ path: from }, sink));
  await sink.close();
}

function take<T>(outcome: Outcome<T>): T {
  if (!outcome.ok) throw new Error(`${outcome.code}: ${outcome.detail}`);
  return outcome.value;
}
