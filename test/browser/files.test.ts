/**
 * The file browser through the real programs: what is dropped arrives, what is downloaded is the same, a cut and a stop cost
 * nothing, and a key without the right is told so.
 */
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import type { Page } from 'playwright-core';
import { putPolicy, policyInForce } from '../../console/client/policies.ts';
import { signIn } from '../../console/terminal/connection.ts';
import { signPolicy } from '../../console/terminal/owner/first-statements.ts';
import { readOwner } from '../../console/terminal/owner/owner-key.ts';
import { settingsFrom } from '../../console/terminal/profile.ts';
import { eventually, startQuickly } from '../support/behest.ts';
import type { QuickStart } from '../support/behest.ts';
import { take } from '../support/house.ts';
import { has } from '../support/needs.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { enter, findChromium, launchChromium, openPage } from './chromium.ts';

type Room = { readonly folder: string; readonly data: string; readonly started: QuickStart; readonly page: Page; readonly faults: string[] };

/** The programs, and a page in which somebody has signed in; undefined where the machine has no browser. */
async function openRoom(t: ExecutionContext): Promise<Room | undefined> {
  const executable = findChromium();
  if (!has(t, 'chromium') || executable === undefined) return undefined;
  t.timeout(120_000);
  const folder = await temporaryFolder(t);
  const data = join(folder, 'data');
  const started = await startQuickly(data);
  const browser = await launchChromium(executable);
  t.teardown(async () => {
    await browser.close();
    await started.stop();
  });
  const { page, faults } = await openPage(browser);
  await page.addInitScript({ content: savesWithoutAsking });
  await enter(page, started.ready.signInUrl, 'Ada L.');
  return { folder, data, started, page, faults };
}

/** The browser’s own question cannot be answered by a test: a file that only the page sees is the answer, or the browser cannot ask. */
const savesWithoutAsking = `if (location.protocol !== 'about:') window.showSaveFilePicker = localStorage.getItem('test.cannot-ask') !== null ? undefined
  : async ({ suggestedName }) => (await navigator.storage.getDirectory()).getFileHandle(suggestedName, { create: true });`;

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function show(page: Page, { ready }: QuickStart, path: string): Promise<void> {
  await page.goto('about:blank');
  await page.goto(`${ready.url}/#/machines/${ready.agentId}/files?path=${encodeURIComponent(path)}`);
}

/** A place of its own on the machine. */
function directory(room: Room, name: string): string {
  const path = join(room.folder, name);
  mkdirSync(path);
  return path;
}

/** As a person does it: over the list and let go. */
async function drop(page: Page, paths: readonly string[]): Promise<void> {
  const session = await page.context().newCDPSession(page);
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await session.send('Input.dispatchDragEvent', { type, x: 600, y: 500, data: { items: [], files: [...paths], dragOperationsMask: 1 } });
  }
}

/** What the page was given to save under this name. */
async function savedDigest(page: Page, name: string): Promise<string> {
  const digest = await page.evaluate(`(async () => {
    const file = await (await (await navigator.storage.getDirectory()).getFileHandle(${JSON.stringify(name)})).getFile();
    return [...new Uint8Array(await crypto.subtle.digest('SHA-256', await file.arrayBuffer()))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  })()`);
  return String(digest);
}

const transfer = (page: Page, name: string) => page.getByRole('region', { name: 'Transfers' }).getByRole('listitem').filter({ hasText: name });

test.serial('a file and a folder that are dropped arrive as they are; what is there already is replaced only when that is said', async (t) => {
  const room = await openRoom(t);
  if (room === undefined) return;
  const { page } = room;
  const [from, to] = [directory(room, 'drop-from'), directory(room, 'drop-to')];
  const content = randomBytes(3_000_001);
  writeFileSync(join(from, 'one.bin'), content);
  mkdirSync(join(from, 'tree/deep/er'), { recursive: true });
  mkdirSync(join(from, 'tree/nothing'));
  writeFileSync(join(from, 'tree/deep/er/two.bin'), content.subarray(5));
  writeFileSync(join(from, 'tree/empty'), '');
  await show(page, room.started, to);
  await page.getByText('This directory is empty').waitFor();
  await drop(page, [join(from, 'one.bin'), join(from, 'tree')]);
  for (const name of ['one.bin', 'tree']) await transfer(page, name).getByText(/^done/).waitFor();
  t.is(digestOf(readFileSync(join(to, 'one.bin'))), digestOf(content));
  t.deepEqual(readdirSync(to, { recursive: true }).sort(), ['one.bin', 'tree', 'tree/deep', 'tree/deep/er', 'tree/deep/er/two.bin', 'tree/empty', 'tree/nothing']);
  t.is(digestOf(readFileSync(join(to, 'tree/deep/er/two.bin'))), digestOf(content.subarray(5)));
  await page.getByRole('row').filter({ hasText: 'one.bin' }).waitFor();

  writeFileSync(join(from, 'one.bin'), 'another');
  await page.getByRole('button', { name: /Clear 2/ }).click();
  await page.getByLabel('Files to upload').setInputFiles(join(from, 'one.bin'));
  await transfer(page, 'one.bin').getByText('There is something of this name already.').waitFor();
  t.is(digestOf(readFileSync(join(to, 'one.bin'))), digestOf(content));
  await transfer(page, 'one.bin').getByRole('button', { name: 'Replace' }).click();
  await transfer(page, 'one.bin').getByText(/^done/).waitFor();
  t.is(readFileSync(join(to, 'one.bin'), 'utf8'), 'another');
  t.deepEqual(room.faults, []);
});

test.serial('a download is the same as the file, into a chosen place and, where the browser has none, into the downloads', async (t) => {
  const room = await openRoom(t);
  if (room === undefined) return;
  const { page } = room;
  const at = directory(room, 'download');
  const content = Buffer.concat([randomBytes(2_500_000), Buffer.alloc(4_000_000), randomBytes(77), Buffer.alloc(2_000_000)]);
  writeFileSync(join(at, 'three.bin'), content);
  await show(page, room.started, at);
  await page.getByRole('row').filter({ hasText: 'three.bin' }).click();
  await page.getByRole('complementary', { name: 'three.bin, properties' }).getByRole('button', { name: /^Download/ }).click();
  await transfer(page, 'three.bin').getByText(/^done/).waitFor();
  t.is(await savedDigest(page, 'three.bin'), digestOf(content));

  await page.evaluate(`localStorage.setItem('test.cannot-ask', 'yes')`);
  await show(page, room.started, at);
  await page.getByRole('row').filter({ hasText: 'three.bin' }).click();
  const saved = page.waitForEvent('download');
  await page.keyboard.press('d');
  t.is(digestOf(readFileSync(await (await saved).path())), digestOf(content));
  t.deepEqual(room.faults, []);
});

test.serial('a folder is downloaded as an archive that tar opens', async (t) => {
  const room = await openRoom(t);
  if (room === undefined) return;
  const { page } = room;
  const [at, out] = [directory(room, 'archive'), directory(room, 'archive-out')];
  mkdirSync(join(at, 'box/inner'), { recursive: true });
  writeFileSync(join(at, 'box/inner/four.bin'), randomBytes(1_200_000));
  writeFileSync(join(at, 'box/five.txt'), 'five');
  await page.evaluate(`localStorage.setItem('test.cannot-ask', 'yes')`);
  await show(page, room.started, at);
  await page.getByRole('row').filter({ hasText: 'box' }).getByRole('gridcell').nth(2).click();
  const saved = page.waitForEvent('download');
  await page.getByRole('button', { name: /^Download as tar/ }).click();
  const download = await saved;
  t.is(download.suggestedFilename(), 'box.tar');
  execFileSync('tar', ['-xf', await download.path(), '-C', out]);
  execFileSync('diff', ['-r', join(at, 'box'), join(out, 'box')]);
  t.deepEqual(room.faults, []);
});

test.serial('cut in the midst and stopped by hand, both ways go on where they were', async (t) => {
  const room = await openRoom(t);
  if (room === undefined) return;
  const { page } = room;
  const [from, at] = [directory(room, 'cut-from'), directory(room, 'cut')];
  const content = randomBytes(24 * 1024 * 1024);
  writeFileSync(join(from, 'up.bin'), content);
  writeFileSync(join(at, 'down.bin'), content);
  const path = await breakablePath(page);
  await show(page, room.started, at);
  await page.getByRole('row').filter({ hasText: 'down.bin' }).click();
  const begin = { 'up.bin': () => page.getByLabel('Files to upload').setInputFiles(join(from, 'up.bin')), 'down.bin': () => page.keyboard.press('d') };
  for (const name of ['up.bin', 'down.bin'] as const) {
    path.breakAfter(8 * 1024 * 1024);
    await begin[name]();
    await transfer(page, name).getByText(/the connection is cut/).waitFor();
    await transfer(page, name).getByRole('button', { name: 'Stop' }).click();
    await transfer(page, name).getByText(/^stopped at [1-9]/).waitFor();
    const before = path.mend();
    await page.getByText('live', { exact: true }).waitFor();
    await transfer(page, name).getByRole('button', { name: 'Resume' }).click();
    await transfer(page, name).getByText(/^done/).waitFor();
    const again = path.passed() - before;
    t.true(again < content.byteLength - 4 * 1024 * 1024, `${name}: ${again} bytes passed after it was resumed`);
  }
  t.is(digestOf(readFileSync(join(at, 'up.bin'))), digestOf(content));
  t.is(await savedDigest(page, 'down.bin'), digestOf(content));
});

/** The page’s live socket, which can be cut after so many bytes and stays cut until it is mended. */
async function breakablePath(page: Page): Promise<{ breakAfter(bytes: number): void; mend(): number; passed(): number }> {
  let passed = 0;
  let breakAt = Number.POSITIVE_INFINITY;
  await page.routeWebSocket(/\/api\/live/, (socket) => {
    if (passed >= breakAt) return void socket.close({ code: 4000 });
    const server = socket.connectToServer();
    const pass = (send: (message: string | Buffer) => void) => (message: string | Buffer): void => {
      passed += message.length;
      if (passed >= breakAt) void socket.close({ code: 4000 });
      else send(message);
    };
    socket.onMessage(pass((message) => server.send(message)));
    server.onMessage(pass((message) => socket.send(message)));
  });
  return {
    breakAfter: (bytes) => void (breakAt = passed + bytes),
    mend: () => {
      breakAt = Number.POSITIVE_INFINITY;
      return passed;
    },
    passed: () => passed,
  };
}

test.serial('five thousand entries: only those in sight are drawn; filter, order and keys reach every one, and the address says where', async (t) => {
  const room = await openRoom(t);
  if (room === undefined) return;
  const { page } = room;
  const at = directory(room, 'crowded');
  mkdirSync(join(at, 'inner'));
  for (let number = 1; number < 5000; number++) writeFileSync(join(at, `entry-${number}`), number === 4321 ? 'the largest of them' : '');
  await show(page, room.started, at);
  await page.getByText('5,000 entries').waitFor();
  t.true((await page.getByRole('row').count()) < 100);
  await page.keyboard.press('End');
  await page.getByRole('row', { selected: true }).getByText('entry-4999', { exact: true }).waitFor();
  await page.getByRole('columnheader', { name: 'Size' }).getByRole('button').click();
  await page.getByRole('columnheader', { name: 'Size' }).getByRole('button').click();
  await page.waitForURL(/sort=-size/);
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowDown');
  await page.getByRole('row', { selected: true }).getByText('entry-4321').waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('inner');
  await page.getByText('1 of 5,000').waitFor();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Home');
  await page.keyboard.press('Enter');
  await page.getByText('This directory is empty').waitFor();
  t.is(new URL(page.url().replace('#/', '')).searchParams.get('path'), join(at, 'inner'));
  await page.keyboard.press('Backspace');
  await page.getByRole('row', { selected: true }).getByText('inner', { exact: true }).waitFor();
  t.true((await page.getByRole('row').count()) < 100);
  t.deepEqual(room.faults, []);
});

test.serial('a folder is made, renamed and deleted, each after a question; what is not there is said', async (t) => {
  const room = await openRoom(t);
  if (room === undefined) return;
  const { page } = room;
  const at = directory(room, 'acts');
  mkdirSync(join(at, 'full'));
  writeFileSync(join(at, 'full/file'), '');
  await show(page, room.started, at);
  await page.getByRole('row').filter({ hasText: 'full' }).waitFor();
  await page.keyboard.press('n');
  await page.getByRole('dialog').getByLabel('Name').fill('made here');
  await page.keyboard.press('Enter');
  await page.getByRole('row').filter({ hasText: 'made here' }).getByRole('gridcell').nth(2).click();
  await page.keyboard.press('F2');
  await page.getByRole('dialog').getByLabel('Name').fill('renamed');
  await page.keyboard.press('Enter');
  await page.getByRole('row').filter({ hasText: 'renamed' }).waitFor();
  t.deepEqual(readdirSync(at), ['full', 'renamed']);
  await page.getByRole('row').filter({ hasText: 'full' }).getByRole('gridcell').nth(2).click();
  await page.keyboard.press('Delete');
  await page.getByText('The directory and everything in it will be gone').waitFor();
  t.true(existsSync(join(at, 'full/file')));
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('row').filter({ hasText: 'full' }).waitFor({ state: 'detached' });
  t.deepEqual(readdirSync(at), ['renamed']);
  await show(page, room.started, join(at, 'nowhere'));
  await page.getByText('The file or program does not exist.').waitFor();
  await page.getByRole('button', { name: 'The directory above' }).click();
  await page.getByRole('row').filter({ hasText: 'renamed' }).waitFor();
  t.deepEqual(room.faults, []);
});

test.serial('a key that may not touch files is told so, and nothing can be uploaded', async (t) => {
  const room = await openRoom(t);
  if (room === undefined) return;
  const { page, data } = room;
  const owner = take(await readOwner(data));
  const { api } = take(await signIn(settingsFrom({ data }, {})));
  const { policy } = take(await policyInForce(api));
  const next = { ...policy, version: policy.version + 1, roles: policy.roles.map((role) => ({ ...role, deny: [...role.deny, 'file.*'] })) };
  take(await putPolicy(api, await signPolicy(owner, next)));
  await show(page, room.started, room.folder);
  await page.getByText('The signer may not use this primitive.').first().waitFor();
  t.is(await page.getByRole('row').count(), 0);
  await eventually(() => page.getByRole('button', { name: 'Upload', exact: true }).isDisabled());
});
