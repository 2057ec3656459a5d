/**
 * The newcomer's way through the real thing: quick start, link, password, machine, run, terminal, history. With
 * `BEHEST_SHOTS=folder`, what is seen on the way is written there.
 */
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import type { BrowserContext, Page, Response, WebSocketRoute } from 'playwright-core';
import { readStatus } from '../../agent/status-file.ts';
import { eventually, startQuickly } from '../support/behest.ts';
import type { QuickStart } from '../support/behest.ts';
import { has } from '../support/needs.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { enter, findChromium, launchChromium, openPage, password } from './chromium.ts';
import { shot } from './looks.ts';

test.serial('a newcomer opens the link, runs a command, works in a terminal and finds it all in the history', async (t) => {
  const executable = findChromium();
  if (!has(t, 'chromium') || executable === undefined) return;
  t.timeout(180_000);
  const data = join(await temporaryFolder(t), 'data');
  const started = await startQuickly(data);
  const browser = await launchChromium(executable);
  t.teardown(async () => {
    await browser.close();
    await started.stop();
  });
  const { page, context, faults } = await openPage(browser);
  await enter(page, started.ready.signInUrl, 'Ada L.', () => shot(page, 'welcome'));
  const row = page.getByRole('row').filter({ hasText: 'WebSocket' });
  await row.waitFor();
  await page.getByText('live', { exact: true }).waitFor();
  t.true(await row.getByRole('img', { name: 'on line' }).isVisible());
  await shot(page, 'machines');

  await ranWithLiveOutput(page, started.ready.agentId);
  await shot(page, 'run');

  await terminalKeeps(page, started.ready.agentId);
  await shot(page, 'terminal');

  await terminalOutlivesCuts(context, started);

  await page.goto(`${started.ready.url}/#/work`);
  await page.getByRole('link', { name: /done.*shell\.execute.*hello from the page.*Ada L\./ }).waitFor();
  await shot(page, 'work');
  await page.getByRole('link', { name: /shell\.execute.*hello from the page/ }).click();
  await page.getByText('report verified', { exact: true }).first().waitFor();
  await shot(page, 'directive');

  await intervalIsSet(page, started.ready.agentId, data);
  await shot(page, 'contact');

  t.true((await firstLoadBytes(t, context, started)) < 300 * 1024);

  await page.goto(`${started.ready.url}/#/trust`);
  await page.getByText('Ada L.').first().waitFor();
  await shot(page, 'trust');
  t.deepEqual(faults, []);

  const stranger = await openPage(browser);
  await stranger.page.goto(started.ready.signInUrl);
  await stranger.page.getByLabel('Name').fill('Eve');
  await stranger.page.locator('input[type=password]').fill(password);
  await stranger.page.getByRole('button', { name: /Make my key/ }).click();
  await stranger.page.getByText('This link no longer works').waitFor();
  t.deepEqual(stranger.faults.filter((fault) => !fault.includes('Failed to load resource')), []);
  await context.close();
});

async function ranWithLiveOutput(page: Page, agentId: string): Promise<void> {
  await page.goto(new URL(`#/machines/${agentId}/run?primitive=shell.execute`, page.url()).href);
  await page.getByLabel('Command').fill('echo hello from the page; sleep 2; echo and good bye');
  await page.getByRole('button', { name: /^Run/ }).click();
  const output = page.getByRole('log');
  await output.getByText('hello from the page').waitFor();
  if (await output.getByText('and good bye').isVisible()) throw new Error('the output came at the end, not live');
  await output.getByText('and good bye').waitFor();
  await page.getByText('report verified').waitFor();
}

/** Signed in the page, in force on the machine. */
async function intervalIsSet(page: Page, agentId: string, data: string): Promise<void> {
  await page.goto(new URL(`#/machines/${agentId}`, page.url()).href);
  await page.getByRole('button', { name: 'Change settings…' }).click();
  await page.getByLabel('Interval', { exact: true }).fill('75');
  await page.getByRole('button', { name: 'Set', exact: true }).click();
  await page.getByText('In force on 1 of 1 machine.').waitFor();
  await eventually(() => readStatus(join(data, 'agent'))?.contact.intervalSeconds === 75);
}

/** Types and reads; a reload shows the same terminal; so does a lost connection. */
async function terminalKeeps(page: Page, agentId: string): Promise<void> {
  await page.goto(new URL(`#/machines/${agentId}/terminal`, page.url()).href);
  await page.getByRole('button', { name: 'Open a terminal' }).click();
  await page.locator('.xterm-rows').waitFor();
  await typed(page, 'echo typed-$((40+2))', 'typed-42');
  await page.reload();
  await page.locator('.xterm-rows').getByText('typed-42').first().waitFor();
  await page.locator('.xterm-helper-textarea').focus();
  await typed(page, 'echo again-$((6*7))', 'again-42');
}

/** The socket is cut under a terminal three times: what is typed arrives once, what was shown stays. */
async function terminalOutlivesCuts(context: BrowserContext, started: QuickStart): Promise<void> {
  const page = await context.newPage();
  const sockets: WebSocketRoute[] = [];
  await page.routeWebSocket(/\/api\/live/, (socket) => {
    sockets.push(socket);
    socket.connectToServer();
  });
  await page.goto(`${started.ready.url}/#/machines/${started.ready.agentId}/terminal`);
  await page.locator('.xterm-rows').getByText('again-42', { exact: true }).waitFor();
  for (const round of [1, 2, 3]) {
    await sockets.at(-1)?.close({ code: 4000 });
    await typed(page, `echo cut-${round}-$((6*7))`, `cut-${round}-42`);
  }
  const lines = await page.locator('.xterm-rows > div').allInnerTexts();
  const answers = lines.map((line) => line.trim()).filter((line) => /^cut-\d-42$/.test(line));
  if (answers.join() !== 'cut-1-42,cut-2-42,cut-3-42') throw new Error(`after three cuts: ${lines.join('\n')}`);
  await page.close();
}

/** Scripts and styles that come before the machine list is there, compressed. */
async function firstLoadBytes(t: ExecutionContext, context: BrowserContext, started: QuickStart): Promise<number> {
  const page = await context.newPage();
  const bodies: Promise<Buffer>[] = [];
  const count = (response: Response): void => {
    if (/\.(js|css)$/.test(new URL(response.url()).pathname)) bodies.push(response.body());
  };
  page.on('response', count);
  await page.goto(`${started.ready.url}/#/machines`);
  await page.getByRole('row').filter({ hasText: 'WebSocket' }).waitFor();
  page.off('response', count);
  const bytes = (await Promise.all(bodies)).reduce((sum, body) => sum + gzipSync(body).byteLength, 0);
  await page.close();
  t.log(`first load of the machine list: ${(bytes / 1024).toFixed(0)} KiB of scripts and styles, compressed`);
  return bytes;
}

async function typed(page: Page, line: string, answer: string): Promise<void> {
  await page.keyboard.type(line);
  await page.keyboard.press('Enter');
  await page.locator('.xterm-rows').getByText(answer, { exact: true }).first().waitFor();
}
