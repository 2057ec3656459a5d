/**
 * Files through the real three programs: whole after cuts and after kill -9 of the agent and of the intermediary in the midst, both
 * ways; a full disk; folders; and the commands as a person gives them.
 */
import { execFileSync, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { RemoteFiles } from '../../console/client/files/remote-files.ts';
import type { TransferOptions, TransferProgress } from '../../console/client/files/transfer.ts';
import { deskOf } from '../../console/terminal/files/desk.ts';
import { LocalSink, openSource } from '../../console/terminal/files/local-file.ts';
import { behest, eventually } from '../support/behest.ts';
import { FaultProxy } from '../support/fault-proxy.ts';
import { House, take } from '../support/house.ts';
import { seeded } from '../support/seeded.ts';

type Paths = { readonly agent: FaultProxy; readonly console: FaultProxy };

class Place {
  readonly house: House;
  readonly paths: Paths;
  #count = 0;

  private constructor(house: House, paths: Paths) {
    this.house = house;
    this.paths = paths;
  }

  static async build(t: ExecutionContext): Promise<Place> {
    let paths: Paths | undefined;
    const house = await House.build(t, async (port) => {
      paths = { agent: await FaultProxy.open(t, port), console: await FaultProxy.open(t, port) };
      return { agent: paths.agent.port, console: paths.console.port };
    });
    if (paths === undefined) throw new Error('the paths were not laid');
    return new Place(house, paths);
  }

  get files(): RemoteFiles {
    return new RemoteFiles(deskOf(this.house.connection), this.house.machine?.id ?? '');
  }

  get machine(): string {
    return this.house.machine?.name ?? '';
  }

  /** A name that nobody else has. */
  name(): string {
    this.#count += 1;
    return join(this.house.path, `files-${this.#count}`);
  }

  /** A file of random content. */
  file(bytes: number): string {
    const path = this.name();
    writeFileSync(path, randomBytes(bytes));
    return path;
  }

  async get(from: string, to: string, options: TransferOptions = {}) {
    const sink = take(await LocalSink.open(to));
    const done = await this.files.download({ path: from }, sink, options);
    await sink.close();
    return done;
  }

  async put(from: string, to: string, options: TransferOptions = {}) {
    const { source, close } = take(await openSource(from));
    const done = await this.files.upload(source, { path: to }, options);
    await close();
    return done;
  }
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

async function same(t: ExecutionContext, one: string, other: string): Promise<void> {
  t.is(await digestOf(one), await digestOf(other));
}

/** Calls each act once, when the transfer has come so far; parts of 1. */
function atParts(total: number, acts: readonly [part: number, act: () => void][]): TransferOptions {
  const left = [...acts];
  return {
    progress: ({ bytes }: TransferProgress) => {
      while (left[0] !== undefined && bytes >= left[0][0] * total) left.shift()?.[1]();
    },
  };
}

const ways = ['get', 'put'] as const;

test.serial('a file goes both ways with its time and mode, and takes nothing else along', async (t) => {
  const place = await Place.build(t);
  for (const way of ways) {
    for (const bytes of [0, 1, 1024 * 1024, 5_000_001]) {
      const [from, to] = [place.file(bytes), place.name()];
      execFileSync('chmod', ['0640', from]);
      utimesSync(from, 1000, 2000);
      const done = await place[way](from, to);
      t.true(done.ok, JSON.stringify(done));
      await same(t, from, to);
      t.is(statSync(to).mtimeMs, 2_000_000);
      t.is(statSync(to).mode & 0o777, 0o640);
    }
  }
  t.deepEqual(readdirSync(place.house.path).filter((name) => name.includes('part')), []);
});

test.serial('cut often, a file arrives whole both ways, and less than 2 % of it is sent twice', async (t) => {
  const place = await Place.build(t);
  const [megabytes, cuts] = process.env['BEHEST_SOAK'] === undefined ? [128, 6] : [1024, 50];
  const seed = Number(process.env['BEHEST_SEED'] ?? Date.now() % 1_000_000);
  t.log(`BEHEST_SEED=${seed}`);
  const { below } = seeded(seed);
  const from = place.name();
  execFileSync('sh', ['-c', `head -c ${megabytes}M /dev/urandom > ${from}`]);
  for (const way of ways) {
    const to = place.name();
    const path = place.paths;
    const leg = way === 'get' ? ('toServer' as const) : ('toClient' as const);
    const before = path.agent.passed[leg];
    const total = megabytes * 1024 * 1024;
    const acts = Array.from({ length: cuts }, (_, index): [number, () => void] => [(index + 0.2 + below(600) / 1000) / cuts, () => path[below(2) === 0 ? 'agent' : 'console'].cutAll()]);
    const done = await place[way](from, to, atParts(total, acts));
    t.true(done.ok, JSON.stringify(done));
    await same(t, from, to);
    const twice = (path.agent.passed[leg] - before) / total - 1;
    t.log(`${way}: ${cuts} cuts of ${megabytes} MiB, ${(twice * 100).toFixed(2)} % more than the file passed to or from the agent`);
    t.true(twice < 0.02 * Math.max(1, (cuts / 50) * (1024 / megabytes)));
    rmSync(to);
  }
});

test.serial('kill -9 of the agent and of the intermediary in the midst costs nothing that had arrived', async (t) => {
  const place = await Place.build(t);
  const bytes = 64 * 1024 * 1024;
  const from = place.file(bytes);
  for (const way of ways) {
    for (const victim of ['killAgent', 'killIntermediary'] as const) {
      const to = place.name();
      const done = await place[way](from, to, atParts(bytes, [[0.5, () => void place.house[victim]()]]));
      t.true(done.ok, `${way} ${victim}: ${JSON.stringify(done)}`);
      await same(t, from, to);
      await eventually(() => place.house.machine?.online === true, 60_000);
    }
  }
});

test.serial('the same command goes on where a killed one was', async (t) => {
  const place = await Place.build(t);
  const bytes = 48 * 1024 * 1024;
  const from = place.file(bytes);
  for (const way of ways) {
    place.paths.console.faults = { bytesPerSecond: 30_000_000 };
    const to = place.name();
    const args = way === 'get' ? ['get', place.machine, from, to] : ['put', place.machine, from, to];
    const first = spawn(process.execPath, ['console/terminal/main.ts', ...args], { env: { ...process.env, BEHEST_DATA: place.house.path }, stdio: 'ignore' });
    const partial = (): string | undefined => readdirSync(place.house.path).find((name) => name.endsWith('part'));
    await eventually(() => partial() !== undefined && statSync(join(place.house.path, partial() ?? '')).size > bytes / 4, 60_000);
    first.kill('SIGKILL');
    await once(first, 'exit');
    t.false(existsSync(to));
    place.paths.console.faults = {};
    const { code, stderr } = await behest(place.house.path, args);
    t.is(code, 0, stderr);
    t.regex(stderr, /^1 file, 48 MB .*, \d+(\.\d)? [KM]B of it were there from before$/m);
    await same(t, from, to);
    t.is(partial(), undefined);
  }
});

test.serial('a file that changed before it is gone on with is brought anew', async (t) => {
  const place = await Place.build(t);
  const [from, to] = [place.file(3_000_000), place.name()];
  writeFileSync(join(place.house.path, `.${to.slice(place.house.path.length + 1)}.behest-part`), randomBytes(1_000_000));
  t.like(await place.get(from, to), { ok: true, value: { kept: 0 } });
  await same(t, from, to);
});

test.serial('holes are not sent, and are holes again', async (t) => {
  const place = await Place.build(t);
  const from = place.name();
  writeFileSync(from, 'begin');
  truncateSync(from, 200_000_000);
  writeFileSync(from, 'end', { flag: 'a' });
  for (const way of ways) {
    const to = place.name();
    const before = place.paths.console.passed.toClient + place.paths.console.passed.toServer;
    t.true((await place[way](from, to)).ok);
    await same(t, from, to);
    t.true(statSync(to).blocks * 512 < 4_000_000, way);
    t.true(place.paths.console.passed.toClient + place.paths.console.passed.toServer - before < 5_000_000, way);
  }
});

test.serial('a full disk there leaves the old file whole, says so, and is free again', async (t) => {
  const place = await Place.build(t);
  const small = place.name();
  mkdirSync(small);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', small], { stdio: 'ignore' });
  } catch {
    t.log('this machine does not let a small file system be mounted');
    t.pass();
    return;
  }
  t.teardown(() => execFileSync('umount', [small]));
  writeFileSync(join(small, 'old'), 'old');
  const done = await place.put(place.file(8_000_000), join(small, 'old'));
  t.like(done, { ok: false, code: 'disk-full' });
  t.is(readFileSync(join(small, 'old'), 'utf8'), 'old');
  t.deepEqual(readdirSync(small), ['old']);
  const here = await place.get(place.file(8_000_000), join(small, 'new'));
  t.like(here, { ok: false, code: 'disk-full' });
});

test.serial('a folder comes as an archive that tar unpacks to the same', async (t) => {
  const place = await Place.build(t);
  const folder = place.name();
  mkdirSync(join(folder, 'a', 'x'.repeat(120)), { recursive: true });
  for (const name of ['one', 'a/two', `a/${'x'.repeat(120)}/${'y'.repeat(150)}`]) writeFileSync(join(folder, name), randomBytes(70_001));
  symlinkSync('/etc', join(folder, 'link'));
  execFileSync('mkfifo', [join(folder, 'fifo')]);
  for (const gzip of [false, true]) {
    const [to, unpacked] = [place.name(), place.name()];
    const sink = take(await LocalSink.open(to));
    const done = await place.files.downloadArchive({ path: folder }, sink, { gzip });
    await sink.close();
    t.like(done, { ok: true, value: { result: { entries: 6, leftOut: 1, changed: 0 } } });
    mkdirSync(unpacked);
    execFileSync('tar', ['-xf', to, '-C', unpacked]);
    execFileSync('diff', ['-r', '--no-dereference', '--exclude=fifo', folder, join(unpacked, folder.slice(place.house.path.length + 1))]);
  }
  t.pass();
});

test.serial('behest get, put and ls: folders, what is left alone, and words for what went wrong', async (t) => {
  const place = await Place.build(t);
  const { machine, house } = place;
  const [folder, there, back] = [place.name(), place.name(), place.name()];
  mkdirSync(join(folder, 'sub'), { recursive: true });
  writeFileSync(join(folder, 'a b'), 'a');
  writeFileSync(join(folder, 'sub', 'c'), 'c');
  const put = await behest(house.path, ['put', machine, folder, there]);
  t.is(put.code, 0, put.stderr);
  t.regex(put.stderr, /^2 files, 2 B to /m);
  const got = await behest(house.path, ['get', machine, there, back]);
  t.is(got.code, 0, got.stderr);
  execFileSync('diff', ['-r', folder, back]);
  t.deepEqual(readdirSync(back).sort(), ['a b', 'sub'], 'the same command goes on with the same folder');
  const again = await behest(house.path, ['get', '--no-clobber', machine, there, back]);
  t.regex(again.stderr, /is there already/);
  const listed = await behest(house.path, ['ls', machine, there]);
  t.regex(listed.stdout.toString(), /^MODE +SIZE +MODIFIED +NAME\n0644 +1 B .* a b\n0755 .* sub\/\n$/);
  const json = await behest(house.path, ['ls', '--json', machine, there]);
  t.deepEqual(json.stdout.toString().trim().split('\n').map((line) => JSON.parse(line).name), ['a b', 'sub']);
  const missing = await behest(house.path, ['get', machine, '/no/such/file']);
  t.is(missing.code, 1);
  t.regex(missing.stderr, /^error\[not-found\]: \/no\/such\/file\n/);
  const relative = await behest(house.path, ['ls', machine, 'etc']);
  t.is(relative.code, 1);
  t.regex(relative.stderr, /absolute/);
});
