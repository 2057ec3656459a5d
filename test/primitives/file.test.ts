/**
 * The primitives of the family `file`, each in a real worker on real files: what they do, and the code of each refusal.
 */
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, linkSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import test from 'ava';
import { makeWorkshop } from '../execution/support.ts';

const { run, executor } = makeWorkshop();
const folder = mkdtempSync(join(tmpdir(), 'behest-files-'));
let count = 0;

test.after.always(async () => {
  await executor.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** A folder of its own for one test. */
function place(): string {
  count += 1;
  const made = join(folder, String(count));
  mkdirSync(made);
  return made;
}

async function done(primitive: string, params: Record<string, unknown>) {
  const { ending, stdout } = await run(primitive, params);
  return { status: ending.status, code: ending.code, detail: ending.detail, result: (ending.result ?? {}) as Record<string, unknown>, stdout };
}

async function codeOf(primitive: string, params: Record<string, unknown>): Promise<string | undefined> {
  return (await done(primitive, params)).code;
}

test('file.read gives a small file as output, with what it is', async (t) => {
  const path = join(place(), 'a');
  writeFileSync(path, Buffer.from([0, 255, 10, 13]));
  const { stdout, result } = await done('file.read', { path });
  t.deepEqual(stdout, Buffer.from([0, 255, 10, 13]));
  t.like(result, { size: 4, changed: false });
});

test('file.read reads what the system makes while it is read', async (t) => {
  const { stdout, result } = await done('file.read', { path: '/proc/self/status' });
  t.regex(stdout.toString(), /^Name:/);
  t.is(result['size'], stdout.byteLength);
});

test('file.read of a file too large for output says how else', async (t) => {
  const path = join(place(), 'large');
  writeFileSync(path, '');
  truncateSync(path, 2 * 1024 * 1024);
  const { code, detail } = await done('file.read', { path });
  t.is(code, 'not-supported');
  t.regex(detail ?? '', /behest get/);
});

test('what is no ordinary file is not opened', async (t) => {
  const at = place();
  execFileSync('mkfifo', [join(at, 'fifo')]);
  const server = createServer().listen(join(at, 'socket'));
  t.teardown(() => server.close());
  for (const path of [join(at, 'fifo'), join(at, 'socket'), '/dev/zero', '/dev/null', at]) {
    for (const primitive of ['file.read', 'file.read-blocks', 'file.hash']) t.is(await codeOf(primitive, { path }), 'not-a-file', `${primitive} ${path}`);
  }
  for (const path of [join(at, 'fifo'), '/dev/null', at]) t.is(await codeOf('file.write', { path, text: 'x' }), 'not-a-file', path);
});

test('each refusal of the system has its code', async (t) => {
  const at = place();
  writeFileSync(join(at, 'file'), 'x');
  for (const primitive of ['file.read', 'file.read-blocks', 'file.list', 'file.properties', 'file.hash', 'file.search', 'file.delete']) {
    t.is(await codeOf(primitive, { path: join(at, 'missing') }), 'not-found', primitive);
    t.is(await codeOf(primitive, { path: join(at, 'x'.repeat(300)) }), 'path-too-long', primitive);
    t.is(await codeOf(primitive, { path: join(at, 'file', 'below') }), 'not-a-directory', primitive);
  }
  t.is(await codeOf('file.list', { path: join(at, 'file') }), 'not-a-directory');
  t.is(await codeOf('file.write', { path: join(at, 'missing', 'file'), text: '' }), 'not-found');
  t.is(await codeOf('file.read', { path: '/proc/self/mem' }), 'disk-error');
  t.is(await codeOf('file.write', { path: '/proc/version', text: '' }), 'not-found');
  t.is(await codeOf('file.delete', { path: '/' }), 'not-permitted');
  t.is(await codeOf('file.delete', { path: '/proc/self' }), 'not-permitted');
  // not recursive, in case it should be taken for something else
  for (const all of [{ path: '/.' }, { path: '//' }, { path: `${at}/../../..` }, { path: '/x', pathBytes: Buffer.from('/').toString('base64') }, { path: '/', root: '/' }]) {
    t.regex((await done('file.delete', all)).detail ?? '', /^this would be all of the machine$/, JSON.stringify(all));
  }
});

test('a file that may not be read is said to be so', async (t) => {
  if (process.getuid?.() === 0) {
    // root may read everything: the file system itself must refuse
    t.is(await codeOf('file.write', { path: '/sys/kernel/behest', text: '' }), 'not-permitted');
    return;
  }
  const path = join(place(), 'closed');
  writeFileSync(path, '');
  chmodSync(path, 0);
  t.is(await codeOf('file.read', { path }), 'not-permitted');
});

test('file.read-blocks reads on from part to part, and notices another file', async (t) => {
  const path = join(place(), 'a');
  writeFileSync(path, 'abcdefghij');
  const first = await done('file.read-blocks', { path, length: 4 });
  t.is(first.stdout.toString(), 'abcd');
  t.like(first.result, { offset: 0, bytes: 4, size: 10, end: false });
  const second = await done('file.read-blocks', { path, offset: 4, identity: first.result['identity'] });
  t.is(second.stdout.toString(), 'efghij');
  t.like(second.result, { end: true, identity: first.result['identity'] });
  writeFileSync(path, 'abcdefghik');
  utimesSync(path, 1, 2);
  t.is(await codeOf('file.read-blocks', { path, offset: 4, identity: first.result['identity'] }), 'changed-meanwhile');
});

test('file.properties tells of a link as such, and of holes', async (t) => {
  const at = place();
  writeFileSync(join(at, 'sparse'), '');
  truncateSync(join(at, 'sparse'), 10_000_000);
  chmodSync(join(at, 'sparse'), 0o640);
  utimesSync(join(at, 'sparse'), 1000, 2000);
  symlinkSync('sparse', join(at, 'link'));
  symlinkSync('nothing', join(at, 'loose'));
  const sparse = (await done('file.properties', { path: join(at, 'sparse') })).result;
  t.like(sparse, { name: 'sparse', kind: 'file', size: 10_000_000, mode: '0640', modifiedMs: 2_000_000, allocatedBytes: 0 });
  t.like((await done('file.properties', { path: join(at, 'link') })).result, { kind: 'link', linkTarget: 'sparse', linkKind: 'file' });
  const loose = (await done('file.properties', { path: join(at, 'loose') })).result;
  t.like(loose, { kind: 'link', linkTarget: 'nothing' });
  t.false('linkKind' in loose);
  t.is((await done('file.properties', { path: '/' })).result['name'], '/');
});

test('file.list goes through a directory page by page, each name once and in order', async (t) => {
  const at = place();
  const names = Array.from({ length: 250 }, (_, index) => `file ${(index * 7919) % 250}`);
  for (const name of names) writeFileSync(join(at, name), name);
  mkdirSync(join(at, 'folder'));
  const seen: string[] = [];
  let after: string | undefined;
  do {
    const { result } = await done('file.list', { path: at, limit: 60, ...(after === undefined ? {} : { after }) });
    const page = result as unknown as { entries: { name: string; kind: string }[]; truncated: boolean; cursor?: string; total: number };
    t.is(page.total, 251);
    t.is(page.truncated, page.cursor !== undefined);
    seen.push(...page.entries.map(({ name }) => name));
    after = page.cursor;
  } while (after !== undefined);
  t.deepEqual(seen, [...names, 'folder'].sort());
});

test('file.list keeps names that are not UTF-8 whole, and they can be used', async (t) => {
  const at = place();
  const name = Buffer.from([0x66, 0xe9, 0xff]);
  writeFileSync(Buffer.concat([Buffer.from(`${at}/`), name]), 'content');
  const { result } = await done('file.list', { path: at });
  const [entry] = (result as unknown as { entries: { name: string; nameBytes: string }[] }).entries;
  t.is(entry?.name, 'f\uFFFD\uFFFD');
  t.is(entry?.nameBytes, name.toString('base64'));
  const exact = { path: `${at}/${entry?.name}`, pathBytes: Buffer.concat([Buffer.from(`${at}/`), name]).toString('base64') };
  t.is((await done('file.read', exact)).stdout.toString(), 'content');
  t.is((await done('file.properties', exact)).result['nameBytes'], name.toString('base64'));
  t.is((await done('file.delete', exact)).status, 'succeeded');
  t.deepEqual(readdirSync(at), []);
});

test('a page of long names is cut where a report would be too large, and goes on', async (t) => {
  const at = place();
  for (let index = 0; index < 1000; index += 1) writeFileSync(join(at, `${String(index).padStart(4, '0')}${'x'.repeat(240)}`), '');
  const first = (await done('file.list', { path: at, limit: 1000 })).result as unknown as { entries: unknown[]; truncated: boolean; cursor: string };
  t.true(first.truncated && first.entries.length < 1000);
  const second = (await done('file.list', { path: at, limit: 1000, after: first.cursor })).result as unknown as { entries: unknown[]; truncated: boolean };
  t.is(first.entries.length + second.entries.length, 1000);
});

test('a page of names of many bytes a letter fits into a report all the same', async (t) => {
  const at = place();
  for (let index = 0; index < 1000; index += 1) writeFileSync(join(at, `${String(index).padStart(3, '0')}${'漢'.repeat(80)}`), '');
  const names: string[] = [];
  for (let after: string | undefined = ''; after !== undefined;) {
    const { status, result } = await done('file.list', { path: at, limit: 1000, ...(after === '' ? {} : { after }) });
    t.is(status, 'succeeded');
    const page = result as unknown as { entries: { name: string }[]; cursor?: string };
    names.push(...page.entries.map(({ name }) => name.slice(0, 3)));
    after = page.cursor;
  }
  t.deepEqual(names, Array.from({ length: 1000 }, (_, index) => String(index).padStart(3, '0')));
  const found = await done('file.search', { path: at, limit: 1000 });
  t.deepEqual([found.status, found.result['truncated']], ['succeeded', true]);
});

test('file.write puts a text in its place whole, and leaves nothing else', async (t) => {
  const at = place();
  const path = join(at, 'a');
  t.like((await done('file.write', { path, text: 'grüezi\n', mode: '0600', modifiedMs: 5_000_000 })).result, { size: 8, replaced: false });
  t.is(readFileSync(path, 'utf8'), 'grüezi\n');
  t.is(statSync(path).mode & 0o777, 0o600);
  t.is(statSync(path).mtimeMs, 5_000_000);
  t.is(await codeOf('file.write', { path, text: 'b', replace: false }), 'already-exists');
  t.like((await done('file.write', { path, text: 'c' })).result, { replaced: true });
  t.is(statSync(path).mode & 0o777, 0o600, 'the rights of what was replaced');
  t.deepEqual(readdirSync(at), ['a']);
  t.is((await done('file.write', { path: join(at, 'x/y/z'), text: 'deep', makeParents: true })).status, 'succeeded');
  t.is(readFileSync(join(at, 'x/y/z'), 'utf8'), 'deep');
});

test('file.write replaces what a link leads to, and keeps the link and the owner', async (t) => {
  const at = place();
  writeFileSync(join(at, 'real'), 'old');
  if (process.getuid?.() === 0) execFileSync('chown', ['1234:4321', join(at, 'real')]);
  symlinkSync('real', join(at, 'link'));
  t.is((await done('file.write', { path: join(at, 'link'), text: 'new' })).status, 'succeeded');
  t.true(lstatSync(join(at, 'link')).isSymbolicLink());
  t.is(readFileSync(join(at, 'real'), 'utf8'), 'new');
  if (process.getuid?.() !== 0) return;
  t.is(statSync(join(at, 'real')).uid, 1234);
  for (const owner of ['1234:0', '0:4321']) {
    execFileSync('chown', [owner, join(at, 'real')]);
    await done('file.write', { path: join(at, 'real'), text: owner });
    t.is(`${statSync(join(at, 'real')).uid}:${statSync(join(at, 'real')).gid}`, owner);
  }
});

test('file.write replaces the name and not the content that another name shares', async (t) => {
  const at = place();
  writeFileSync(join(at, 'one'), 'old');
  linkSync(join(at, 'one'), join(at, 'two'));
  await done('file.write', { path: join(at, 'one'), text: 'new' });
  t.is(readFileSync(join(at, 'two'), 'utf8'), 'old');
});

test('file.delete takes a directory only when all in it may go, and never what a link leads to', async (t) => {
  const at = place();
  mkdirSync(join(at, 'outside'));
  writeFileSync(join(at, 'outside', 'keep'), '');
  mkdirSync(join(at, 'tree', 'a', 'b'), { recursive: true });
  writeFileSync(join(at, 'tree', 'a', 'b', 'file'), '');
  symlinkSync(join(at, 'outside'), join(at, 'tree', 'link'));
  t.is(await codeOf('file.delete', { path: join(at, 'tree') }), 'not-empty');
  t.is((await done('file.delete', { path: join(at, 'tree'), recursive: true })).result['deleted'], 5);
  t.deepEqual(readdirSync(at), ['outside']);
  symlinkSync('outside', join(at, 'link'));
  t.is((await done('file.delete', { path: join(at, 'link'), recursive: true })).result['deleted'], 1);
  t.true(existsSync(join(at, 'outside', 'keep')));
});

test('file.move, file.copy and file.rename-locked put it there whole, and replace only when that is said', async (t) => {
  const at = place();
  const [one, two, three] = [join(at, 'one'), join(at, 'two'), join(at, 'three')];
  writeFileSync(one, '1');
  utimesSync(one, 1, 2);
  writeFileSync(two, '2');
  t.is(await codeOf('file.move', { path: one, to: two }), 'already-exists');
  t.is(await codeOf('file.copy', { path: one, to: two }), 'already-exists');
  t.like((await done('file.copy', { path: one, to: two, replace: true })).result, { size: 1, replaced: true });
  t.is(statSync(two).mtimeMs, 2000);
  t.is((await done('file.move', { path: one, to: three })).status, 'succeeded');
  t.is(await codeOf('file.move', { path: one, to: join(at, 'x') }), 'not-found');
  t.is((await done('file.rename-locked', { path: three, to: two })).result['when'], 'now');
  t.is(await codeOf('file.copy', { path: at, to: join(at, 'x') }), 'not-a-file');
  t.deepEqual(readdirSync(at), ['two']);
  for (const name of ['from', 'to']) mkdirSync(join(at, name));
  t.is(await codeOf('file.move', { path: join(at, 'from'), to: join(at, 'to') }), 'already-exists', 'nor is an empty directory');
  t.true(existsSync(join(at, 'from')));
});

test('file.make-directory makes those above it, and is content with one that is there', async (t) => {
  const at = place();
  t.true((await done('file.make-directory', { path: join(at, 'a/b/c') })).result['made']);
  t.is((await done('file.make-directory', { path: join(at, 'a/b/c') })).status, 'succeeded');
  writeFileSync(join(at, 'file'), '');
  t.is(await codeOf('file.make-directory', { path: join(at, 'file') }), 'not-a-directory');
});

test('file.hash says what sha256sum says', async (t) => {
  const path = join(place(), 'a');
  writeFileSync(path, Buffer.alloc(3_000_000, 'xyz'));
  const [expected] = execFileSync('sha256sum', [path]).toString().split(' ');
  t.like((await done('file.hash', { path })).result, { digest: expected, size: 3_000_000 });
  const [md5] = execFileSync('md5sum', [path]).toString().split(' ');
  t.is((await done('file.hash', { path, algorithm: 'md5' })).result['digest'], md5);
});

test('file.search finds by name, size, time, kind and text, and does not follow links', async (t) => {
  const at = place();
  mkdirSync(join(at, 'deep', 'er'), { recursive: true });
  writeFileSync(join(at, 'deep', 'er', 'app.log'), `${'x'.repeat(1024 * 1024 - 3)}needle${'y'.repeat(100)}`);
  writeFileSync(join(at, 'small.log'), 'nothing');
  utimesSync(join(at, 'small.log'), 1000, 1000);
  symlinkSync('/', join(at, 'deep', 'all'));
  const found = async (wanted: Record<string, unknown>): Promise<string[]> =>
    ((await done('file.search', { path: at, ...wanted })).result as unknown as { matches: { path: string }[] }).matches.map(({ path }) => path.slice(at.length + 1)).sort();
  t.deepEqual(await found({ name: '*.log' }), ['deep/er/app.log', 'small.log']);
  t.deepEqual(await found({ text: 'needle' }), ['deep/er/app.log'], 'across two reads');
  t.deepEqual(await found({ minSize: 1000, kind: 'file' }), ['deep/er/app.log']);
  t.deepEqual(await found({ modifiedBeforeMs: 2_000_000 }), ['small.log']);
  t.deepEqual(await found({ modifiedBeforeMs: 1_000_000 }), [], 'before that moment, not at it');
  t.deepEqual(await found({ modifiedAfterMs: 1_000_000, name: 'small*' }), ['small.log']);
  t.deepEqual(await found({ kind: 'link' }), ['deep/all']);
  t.deepEqual(await found({ maxDepth: 1, kind: 'file' }), ['small.log']);
  writeFileSync(join(at, '.hidden.cfg'), '');
  t.deepEqual(await found({ name: '*.{cfg,ini}' }), ['.hidden.cfg']);
  t.true((await done('file.search', { path: at, limit: 1 })).result['truncated']);
});

test('within a root nothing leads out: no dots, no link on the way, no link at the end', async (t) => {
  const at = place();
  mkdirSync(join(at, 'root', 'inside'), { recursive: true });
  writeFileSync(join(at, 'secret'), 'secret');
  writeFileSync(join(at, 'root', 'inside', 'file'), 'mine');
  symlinkSync('../secret', join(at, 'root', 'leaf'));
  symlinkSync('..', join(at, 'root', 'up'));
  const root = join(at, 'root');
  t.is((await done('file.read', { path: join(root, 'inside/file'), root })).stdout.toString(), 'mine');
  const ways = [`${root}/../secret`, `${root}/leaf`, `${root}/up/secret`, `${root}/inside/../../secret`, join(at, 'secret')];
  for (const path of ways) {
    for (const primitive of ['file.read', 'file.read-blocks', 'file.hash']) t.is(await codeOf(primitive, { path, root }), 'outside-root', `${primitive} ${path}`);
    t.is(await codeOf('file.write', { path, root, text: 'overwritten' }), 'outside-root', path);
  }
  for (const primitive of ['file.list', 'file.search', 'file.properties', 'file.delete']) t.is(await codeOf(primitive, { path: `${root}/up/root`, root }), 'outside-root', primitive);
  t.is(await codeOf('file.list', { path: `${root}/up`, root }), 'outside-root');
  t.is(await codeOf('file.move', { path: `${root}/inside/file`, to: `${root}/up/taken`, root }), 'outside-root');
  t.is(await codeOf('file.make-directory', { path: `${root}/up/made`, root }), 'outside-root');
  t.is((await done('file.list', { path: root, root })).status, 'succeeded');
  t.is((await done('file.write', { path: `${root}/new/file`, root, text: 'x', makeParents: true })).status, 'succeeded');
  t.is(readFileSync(join(at, 'secret'), 'utf8'), 'secret');
  t.false(existsSync(join(at, 'taken')) || existsSync(join(at, 'made')));
});

test('a directory that is swapped for a link again and again never leads out of the root', async (t) => {
  const at = place();
  mkdirSync(join(at, 'root', 'dir'), { recursive: true });
  mkdirSync(join(at, 'outside'));
  writeFileSync(join(at, 'root', 'dir', 'file'), 'inside');
  writeFileSync(join(at, 'outside', 'file'), 'outside');
  symlinkSync('../outside', join(at, 'root', 'link'));
  // one atomic exchange after the other, by another process, until it is ended
  const swapper = execSwapper(join(at, 'root', 'dir'), join(at, 'root', 'link'));
  t.teardown(() => swapper.kill());
  const codes = new Map<string, number>();
  for (let turn = 0; turn < 300; turn += 1) {
    const { stdout, code = 'read' } = await done('file.read', { path: join(at, 'root/dir/file'), root: join(at, 'root') });
    t.not(stdout.toString(), 'outside');
    codes.set(code, (codes.get(code) ?? 0) + 1);
  }
  t.true((codes.get('read') ?? 0) > 0 && (codes.get('outside-root') ?? 0) > 0, JSON.stringify([...codes]));
});

test('a file that is swapped for a link again and again is never copied from outside of the root', async (t) => {
  const at = place();
  mkdirSync(join(at, 'root'));
  writeFileSync(join(at, 'root', 'file'), 'inside');
  writeFileSync(join(at, 'outside'), 'outside');
  symlinkSync('../outside', join(at, 'root', 'link'));
  const swapper = execSwapper(join(at, 'root', 'file'), join(at, 'root', 'link'));
  t.teardown(() => swapper.kill());
  const codes = new Set<string>();
  for (let turn = 0; turn < 300; turn += 1) {
    const { code = 'copied' } = await done('file.copy', { path: join(at, 'root/file'), to: join(at, 'root/copy'), root: join(at, 'root'), replace: true });
    codes.add(code);
    if (code === 'copied') t.is(readFileSync(join(at, 'root/copy'), 'utf8'), 'inside');
  }
  t.true(codes.has('copied') && codes.has('not-a-file'), [...codes].join());
});

function execSwapper(one: string, other: string) {
  // renameat2(2) with RENAME_EXCHANGE = 2
  const script = `import ctypes,sys
libc=ctypes.CDLL(None)
a,b=[x.encode() for x in sys.argv[1:3]]
while True: libc.renameat2(-100,a,-100,b,2)`;
  return spawn('python3', ['-c', script, one, other], { stdio: 'ignore' });
}
