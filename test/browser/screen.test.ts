/**
 * The screen of a machine in the browser: a real VNC server on a real (virtual) screen, seen and typed at through a tunnel.
 * With `BEHEST_SHOTS=folder`, what is seen on the way is written there.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import type { Page } from 'playwright-core';
import { until } from '../execution/support.ts';
import { startQuickly } from '../support/behest.ts';
import type { QuickStart } from '../support/behest.ts';
import { has } from '../support/needs.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { holdScreens, VirtualDesktop } from '../support/virtual-desktop.ts';
import { enter, findChromium, launchChromium, openPage } from './chromium.ts';
import { canBeRead, shot, telephone } from './looks.ts';

test.before(holdScreens);

test('what is typed in the browser arrives in a program on the screen of the machine', async (t) => {
  const executable = findChromium();
  if (!has(t, 'chromium', 'Xvfb (as root)', 'xdotool', 'zenity', 'x11vnc') || executable === undefined) return;
  t.timeout(180_000);
  const folder = await temporaryFolder(t);
  const typed = join(folder, 'typed');
  const started = await startQuickly(join(folder, 'data'));
  const browser = await launchChromium(executable);
  t.teardown(async () => {
    await browser.close();
    await started.stop();
  });
  const { page, context, faults } = await openPage(browser);
  await enter(page, started.ready.signInUrl, 'Ada L.');
  const port = await freePort();

  await lookAt(page, started, { port, asksFirst: false });
  await page.getByText(`No VNC server listens at port ${port}`).waitFor();
  await canBeRead(t, page, 'nobody listens');
  await shot(page, 'screen-none');
  await page.getByRole('button', { name: 'Back' }).click();

  const desktop = await VirtualDesktop.start('800x600x24');
  t.teardown(() => desktop.close());
  const shell = spawn('xterm', ['-T', 'Shell', '-e', 'sh', '-c', `read word; echo "$word" > ${typed}; sleep 600`], { env: { ...process.env, DISPLAY: desktop.display }, stdio: 'ignore' });
  t.teardown(() => shell.kill('SIGKILL'));
  await desktop.window('Shell');
  await vnc(t, desktop.display, port, ['-passwd', 'sesame']);
  await lookAt(page, started, { port, asksFirst: false });
  await page.getByLabel('Password of the VNC server').fill('sesame');
  await page.getByRole('button', { name: 'Go on' }).click();
  await page.getByRole('button', { name: 'Ctrl-Alt-Del' }).and(page.locator(':enabled')).waitFor();
  const canvas = page.getByTestId('vnc').locator('canvas');
  await until(async () => (await canvas.getAttribute('width')) === '800', 'the picture');
  await shot(page, 'screen-live');
  await canBeRead(t, page, 'live');
  await page.setViewportSize(telephone);
  await until(async () => ((await canvas.boundingBox())?.width ?? Number.POSITIVE_INFINITY) <= telephone.width, 'the picture, fitted');
  await canBeRead(t, page, 'on a telephone');
  await shot(page, 'screen-narrow');
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.emulateMedia({ colorScheme: 'dark' });
  await canBeRead(t, page, 'dark');
  await shot(page, 'screen-dark');

  await page.getByLabel('Only look').check();
  await canvas.focus();
  await page.keyboard.type('unheard');
  await page.getByLabel('Only look').uncheck();
  await canvas.focus();
  await page.keyboard.type('hello', { delay: 30 });
  await page.keyboard.press('Enter');
  await until(() => read(typed) === 'hello\n', 'the word in the file');
  await page.getByRole('button', { name: 'Leave' }).click();

  await lookAt(page, started, { port, asksFirst: true });
  await desktop.window('Remote support');
  await shot(page, 'screen-asking');
  await desktop.hand(['key', 'Escape']);
  await page.getByText('did not allow it').waitFor();
  t.deepEqual(faults, []);
  await context.close();
});

async function lookAt(page: Page, started: QuickStart, { port, asksFirst }: { port: number; asksFirst: boolean }): Promise<void> {
  await page.goto(`${started.ready.url}/#/machines/${started.ready.agentId}/screen`);
  await page.getByLabel('Port of the VNC server').fill(String(port));
  await page.getByLabel('Ask the person at the machine first').setChecked(asksFirst);
  await shot(page, 'screen-before');
  await page.getByRole('button', { name: 'Show the screen' }).click();
}

/** Resolves when it listens. */
async function vnc(t: ExecutionContext, display: string, port: number, more: readonly string[]): Promise<void> {
  const child = spawn('x11vnc', ['-display', display, '-localhost', '-rfbport', String(port), '-forever', '-noxdamage', '-noshm', ...more], { stdio: ['ignore', 'pipe', 'ignore'] });
  t.teardown(() => child.kill('SIGKILL'));
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (bytes) => String(bytes).includes(`PORT=${port}`) && resolve());
    child.once('close', () => reject(new Error('x11vnc ended')));
  });
}

function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
