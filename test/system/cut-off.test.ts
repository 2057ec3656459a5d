/**
 * Programs followed live that end while the way to their console is cut, between console and intermediary, between
 * intermediary and agent, or both: the console gets the rest of the output and the exit code when it is back, to the
 * byte, or says what is missing.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { spawn as spawnTerminal } from 'node-pty';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { runLive } from '../../console/terminal/live-run.ts';
import { sameBytes, utf8 } from '../../protocol/bytes.ts';
import { systemClock, systemRandom } from '../../protocol/clock.ts';
import { behestMain, eventually, isAlive, start } from '../support/behest.ts';
import { FaultProxy } from '../support/fault-proxy.ts';
import { House } from '../support/house.ts';

type Path = 'console' | 'agent';

class CutHouse {
  readonly house: House;
  readonly #paths: Record<Path, FaultProxy>;
  #count = 0;

  private constructor(house: House, paths: Record<Path, FaultProxy>) {
    this.house = house;
    this.#paths = paths;
  }

  static async build(t: ExecutionContext): Promise<CutHouse> {
    const paths: Partial<Record<Path, FaultProxy>> = {};
    const house = await House.build(t, async (port) => {
      const [agent, console] = [await FaultProxy.open(t, port), await FaultProxy.open(t, port)];
      Object.assign(paths, { agent, console });
      return { agent: agent.port, console: console.port };
    });
    const { agent, console } = paths;
    if (agent === undefined || console === undefined) throw new Error('the paths were not laid');
    return new CutHouse(house, { agent, console });
  }

  get machine(): string {
    return this.house.machine?.name ?? '';
  }

  cut(paths: readonly Path[]): void {
    for (const path of paths) this.#paths[path].break();
  }

  mend(path: Path): void {
    this.#paths[path].faults = {};
  }

  /** Cuts it when the next words to the intermediary have gone, before an answer. */
  cutBehindNextWord(path: Path): void {
    const proxy = this.#paths[path];
    proxy.seen = () => {
      proxy.seen = () => undefined;
      proxy.faults = { isClosed: true };
      setImmediate(() => proxy.cutAll('end'));
    };
  }

  /** Reports that the intermediary has stored. */
  get reports(): number {
    const database = new DatabaseSync(join(this.house.path, 'intermediary', 'intermediary.db'), { readOnly: true });
    const { count } = database.prepare('SELECT count(*) AS count FROM targets WHERE report IS NOT NULL').get() ?? {};
    database.close();
    return Number(count);
  }

  /** A file name that nobody else has. */
  file(): string {
    this.#count += 1;
    return join(this.house.path, `file-${this.#count}`);
  }

  /** `behest exec` of a program that says its number, waits for a sign, and then does `then`. */
  async exec(then: string, options: readonly string[] = []) {
    const sign = this.file();
    const script = `echo $$; until [ -e ${sign} ]; do sleep 0.02; done; ${then}`;
    const running = start(this.house.path, ['exec', ...options, this.machine, '--', 'sh', '-c', script], 'open');
    const first = await new Promise<Buffer>((resolve) => running.child.stdout?.once('data', resolve));
    const pid = Number(first.toString());
    return {
      ended: running.ended.then(({ stdout, ...end }) => ({ ...end, output: stdout.subarray(first.byteLength) })),
      goOn: () => writeFileSync(sign, ''),
      isGone: () => eventually(() => !isAlive(pid), 30_000),
    };
  }
}

const ways: readonly { readonly cut: readonly Path[]; readonly mend: readonly Path[] }[] = [
  { cut: ['console'], mend: ['console'] },
  { cut: ['agent'], mend: ['agent'] },
  { cut: ['console', 'agent'], mend: ['agent', 'console'] },
  { cut: ['agent', 'console'], mend: ['console', 'agent'] },
];

test.serial('exec gives the bytes and the exit code of a program that ended during a cut, wherever the cut was', async (t) => {
  const place = await CutHouse.build(t);
  const [file, bytes] = [place.file(), randomBytes(200_000)];
  writeFileSync(file, bytes);
  for (const { cut, mend } of ways) {
    const run = await place.exec(`cat ${file}; echo error >&2; exit 7`);
    place.cut(cut);
    run.goOn();
    await run.isGone();
    for (const path of mend) place.mend(path);
    const { code, output, stderr } = await run.ended;
    t.is(code, 7, `${cut.join(' and ')}: ${stderr}`);
    t.true(sameBytes(output, bytes), `${cut.join(' and ')}: ${output.byteLength} bytes came`);
    t.is(stderr, 'error\n');
  }
});

test.serial('a program with more output than is kept waits for its console, and none of it is lost', async (t) => {
  const place = await CutHouse.build(t);
  const [file, bytes] = [place.file(), randomBytes(3_000_000)];
  writeFileSync(file, bytes);
  for (const { cut, mend } of ways) {
    const begun = place.file();
    const run = await place.exec(`head -c 1 ${file}; : > ${begun}; tail -c +2 ${file}; exit 3`);
    place.cut(cut);
    run.goOn();
    await eventually(() => existsSync(begun), 30_000);
    for (const path of mend) place.mend(path);
    const { code, output, stderr } = await run.ended;
    t.is(code, 3, `${cut.join(' and ')}: ${stderr}`);
    t.true(sameBytes(output, bytes), `${cut.join(' and ')}: ${output.byteLength} bytes came`);
  }
});

test.serial('a console that is away when its program begins and ends gets all of it', async (t) => {
  const place = await CutHouse.build(t);
  const { connection, machine } = place.house;
  if (machine === undefined) throw new Error('the machine has gone from the list');
  const sign = place.file();
  const parts: Uint8Array[] = [];
  place.cutBehindNextWord('console');
  const act = { machine, primitive: 'process.execute', params: { program: 'sh', args: ['-c', `echo all; : > ${sign}; exit 4`] }, timeoutMs: 60_000 };
  const ended = runLive(connection, { clock: systemClock, random: systemRandom }, act, { started: () => undefined, output: (_, bytes) => void parts.push(bytes) });
  await eventually(() => existsSync(sign), 60_000);
  await eventually(() => place.reports === 1, 30_000);
  place.mend('console');
  t.deepEqual(await ended, { ok: true, value: { exitCode: 4, signal: null } });
  t.is(Buffer.concat(parts).toString(), 'all\n');
});

test.serial('where the machine had to drop output of a program that it ended, exec says so and passes nothing from behind the gap', async (t) => {
  const place = await CutHouse.build(t);
  const run = await place.exec(`trap "" TERM; seq 1 100000000`, ['--timeout', '4s']);
  place.cut(['console']);
  run.goOn();
  await run.isGone();
  place.mend('console');
  const { code, output, stderr } = await run.ended;
  t.is(code, 255);
  t.regex(stderr, /^error\[output-lost\]: it ended \(time-limit.* \d+ bytes are missing/);
  const lines = output.toString().split('\n').slice(0, -1).map(Number);
  t.true(lines.every((line, index) => line === index + 1), 'in order, without a gap');
});

test.serial('exec says so when the machine has lost the last output, with how the program ended', async (t) => {
  const place = await CutHouse.build(t);
  const run = await place.exec('echo last');
  place.cut(['console']);
  run.goOn();
  await run.isGone();
  await eventually(() => place.reports === 1, 30_000);
  await place.house.killAgent();
  await place.house.agent.ready;
  place.mend('console');
  const { code, output, stderr } = await run.ended;
  t.is(code, 255);
  t.regex(stderr, /^error\[output-lost\]: it ended \(succeeded\)/);
  t.is(output.byteLength, 0);
});

test.serial('shell shows the last of a terminal that ended during a cut, and its exit code', async (t) => {
  const place = await CutHouse.build(t);
  for (const { cut, mend } of ways) {
    const sign = place.file();
    const environment = { ...process.env, BEHEST_DATA: place.house.path };
    const terminal = spawnTerminal(process.execPath, [behestMain, 'shell', place.machine], { name: 'xterm-256color', cols: 80, rows: 24, cwd: process.cwd(), env: environment, encoding: null });
    let shown = '';
    terminal.onData((bytes) => (shown += Buffer.from(bytes).toString()));
    const exited = new Promise<number>((resolve) => terminal.onExit(({ exitCode }) => resolve(exitCode)));
    await eventually(() => /[$#>%] /.test(shown), 30_000);
    terminal._socket.write(utf8(`echo p$$p; until [ -e ${sign} ]; do sleep 0.02; done; seq 1 100; echo la''st; exit 5\r`), () => {});
    await eventually(() => /p\d+p/.test(shown), 30_000);
    place.cut(cut);
    writeFileSync(sign, '');
    await eventually(() => !isAlive(Number(/p(\d+)p/.exec(shown)?.[1])), 30_000);
    for (const path of mend) place.mend(path);
    t.is(await exited, 5, cut.join(' and '));
    t.regex(shown, /\b99\r+\n100\r+\nlast\r+\n/, cut.join(' and '));
  }
});
