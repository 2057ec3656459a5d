import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import * as fc from 'fast-check';
import { listFiles } from '../../agent/primitives/audit/files.ts';
import { readDevices } from '../../agent/primitives/audit/sections/printers.ts';
import { readCertificates } from '../../agent/primitives/audit/sections/certificates.ts';
import { readUnitFiles } from '../../agent/primitives/audit/sections/services.ts';
import { readAccounts } from '../../agent/primitives/audit/sections/users.ts';
import { applyRows, auditSections, canonicalRows, compareRows, readAuditLines, rowsDigest } from '../../protocol/audit.ts';
import type { AuditResult } from '../../protocol/audit.ts';
import { makeWorkshop } from '../execution/support.ts';
import type { Workshop } from '../execution/support.ts';

let folder = '';
let workshop: Workshop;

test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'behest-audit-'));
  workshop = makeWorkshop({ stateFolder: folder });
});
test.after.always(async () => {
  await workshop?.executor.stop();
  await rm(folder, { recursive: true, force: true });
});

test.serial('a full audit holds every section, and its digests are those of the rows', async (t) => {
  const { ending, stdout } = await workshop.run('audit.full', {}, { timeoutMs: 60_000 });
  t.is(ending.status, 'succeeded', ending.detail);
  const lines = readAuditLines(stdout);
  if (!lines.ok) throw new Error(lines.detail);
  t.deepEqual(lines.value.map(({ section }) => section), [...auditSections]);
  for (const line of lines.value) t.is('rows' in line ? await rowsDigest(line.rows) : '', line.digest);
  t.is((ending.result as AuditResult).base, '');
});

test.serial('an increment with nothing changed says so in less than 1 KB', async (t) => {
  const { ending, stdout } = await workshop.run('audit.incremental', {}, { timeoutMs: 60_000 });
  const result = ending.result as AuditResult;
  t.deepEqual(result.changed, []);
  t.is(result.base, result.digest);
  t.is(stdout.byteLength, 0);
  t.true(JSON.stringify(ending).length < 1024);
});

test.serial('an increment sends the rows that came, went and changed, and nothing else', async (t) => {
  // what the last audit saw is made another: the machine has then changed since
  const file = join(folder, 'audit.json');
  const kept = JSON.parse(await readFile(file, 'utf8'));
  const [first, second, ...rest] = kept.software;
  kept.software = canonicalRows([{ ...first, version: '0' }, ...rest, { id: 'apt zz-gone all', version: '1' }]);
  writeFileSync(file, JSON.stringify(kept));
  const { stdout } = await workshop.run('audit.incremental', { sections: ['software'] }, { timeoutMs: 60_000 });
  const lines = readAuditLines(stdout);
  const [line] = lines.ok ? lines.value : [];
  if (line === undefined || !('put' in line)) throw new Error('no rows');
  t.deepEqual(line.put, [second, first]);
  t.deepEqual(line.removed, ['apt zz-gone all']);
  t.is(await rowsDigest(applyRows(kept.software, line)), line.digest);
});

test.serial('a full audit of a part says it whole, changed or not', async (t) => {
  for (let turn = 0; turn < 2; turn += 1) {
    const lines = readAuditLines((await workshop.run('audit.full', { sections: ['agent'] })).stdout);
    t.like(lines.ok ? lines.value : [], [{ section: 'agent', rows: [{ id: 'agent' }, { id: 'node' }] }]);
  }
});

test.serial('whoever knows another state is sent everything', async (t) => {
  const { ending } = await workshop.run('audit.incremental', { base: 'A'.repeat(43) }, { timeoutMs: 60_000 });
  t.is((ending.result as AuditResult).base, '');
  t.is((ending.result as AuditResult).changed.length, auditSections.length);
});

test.serial('files are listed by pattern with digest, and a page goes on where the one before ended', async (t) => {
  const root = join(folder, 'files');
  mkdirSync(join(root, 'a/b'), { recursive: true });
  for (const name of ['a.txt', 'a/b/x.txt', 'a/b.txt', 'c.bin']) writeFileSync(join(root, name), name);
  const hidden = join(folder, 'hidden');
  mkdirSync(join(hidden, '.ssh/.old'), { recursive: true });
  for (const name of ['.ssh/a.pem', '.ssh/.old/.b.pem', '.c.pem', 'd.txt']) writeFileSync(join(hidden, name), '');
  t.deepEqual((await workshop.run('audit.files', { folder: hidden, patterns: ['**/*.pem'] })).stdout.toString().match(/[^/"]+\.pem/g), ['.c.pem', '.b.pem', 'a.pem']);
  const listed = async (params: object) => (await workshop.run('audit.files', { folder: root, ...params })).stdout.toString().split('\n').filter(Boolean).map((line) => JSON.parse(line).path.slice(root.length + 1));
  const all = await listed({});
  t.is(all.length, 4);
  t.deepEqual(await listed({ patterns: ['**/*.txt'] }), ['a/b/x.txt', 'a/b.txt', 'a.txt']);
  for (const [place, path] of all.entries()) t.deepEqual(await listed({ after: join(root, path) }), all.slice(place + 1));
  t.is((await workshop.run('audit.files', { folder: join(root, 'none') })).ending.code, 'not-found');
  t.is((await workshop.run('audit.files', { folder: join(root, 'c.bin') })).ending.code, 'not-a-directory');
});

test.serial('a walk past more than is looked at once goes on where it ended, though nothing fitted', async (t) => {
  const root = join(folder, 'many');
  mkdirSync(root);
  for (let index = 0; index < 25; index += 1) writeFileSync(join(root, `${String(index).padStart(2, '0')}.txt`), '');
  writeFileSync(join(root, 'last.bin'), '');
  const lines: string[] = [];
  const context = { signal: new AbortController().signal, directiveId: '0'.repeat(32), output: async (_: string, chunk: Uint8Array) => void lines.push(Buffer.from(chunk).toString()), progress: () => undefined };
  let [after, pages] = ['', 0];
  do {
    const page = await listFiles({ folder: root, patterns: ['*.bin'], after }, context, 10);
    if (!page.ok) throw new Error(page.detail);
    [after, pages] = [String('next' in page.value ? page.value.next : ''), pages + 1];
  } while (after !== '' && pages < 10);
  t.is(pages, 3);
  t.regex(lines.join(''), /^\{"path":"[^"]*last\.bin"[^\n]*\n$/);
});

test('applying what changed gives what is, whatever it was', async (t) => {
  const row = fc.record({ id: fc.stringMatching(/^[a-e]$/), value: fc.integer() });
  fc.assert(
    fc.property(fc.array(row), fc.array(row), (left, right) => {
      const [before, after] = [canonicalRows(left), canonicalRows(right)];
      const { added, removed, changed } = compareRows(before, after);
      const put = [...added, ...changed.map((change) => change.after)];
      return JSON.stringify(applyRows(before, { put, removed: removed.map(({ id }) => String(id)) })) === JSON.stringify(after);
    }),
  );
  t.pass();
});

test('tools and files are read as they are, and nothing breaks a reader', (t) => {
  t.deepEqual(readDevices('device for Office: ipp://user:secret@printer/ipp\n'), [{ id: 'Office', device: 'ipp://printer/ipp' }]);
  t.deepEqual(readUnitFiles('ssh.service enabled enabled\n'), [{ id: 'ssh', start: 'enabled' }]);
  t.deepEqual(readAccounts('eva:x:1000:1000:Eva,,,:/home/eva:/bin/sh\n', 'sudo:x:27:eva\n'), [{ id: 'eva', number: 1000, fullName: 'Eva', home: '/home/eva', shell: '/bin/sh', groups: 'sudo' }]);
  for (const read of [readDevices, readUnitFiles, readCertificates, (text: string) => readAccounts(text, text)]) {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => Array.isArray(read(text))));
  }
});
