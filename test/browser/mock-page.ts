/**
 * The console with a made-up client behind it, built once and served: for looking at every state of every view.
 */
import { build } from 'vite';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { openPage } from './chromium.ts';
import type { PageOptions, WatchedPage } from './chromium.ts';
import { servePage } from './serve.ts';
import type { Served } from './serve.ts';

export async function buildMockPage(): Promise<Served> {
  await build({ configFile: join(import.meta.dirname, 'page/vite.config.ts'), logLevel: 'error' });
  return servePage(join(import.meta.dirname, '../../dist/mock'));
}

export type MockVisit = PageOptions & { /** `few plain`: see page/mock-client.ts */ readonly state?: string; readonly at: string; /** Comes through the welcome, so that the browser holds a key. */ readonly withKey?: boolean };

const link = `welcome/${'ab'.repeat(16)}.${'A'.repeat(43)}`;

/** A fresh browser at an address of the console. */
export async function visit(browser: Browser, served: Served, { state = 'few plain', at, withKey = true, ...options }: MockVisit): Promise<WatchedPage> {
  const watched = await openPage(browser, options);
  const { page } = watched;
  if (withKey) await welcome(page, served);
  await page.addInitScript({ content: `if (location.protocol !== 'about:') localStorage.setItem('mock.options', ${JSON.stringify(state)})` });
  await page.goto('about:blank');
  await page.goto(`${served.url}/#${at}`);
  return watched;
}

async function welcome(page: Page, served: Served): Promise<void> {
  await page.goto(`${served.url}/#/${link}`);
  await page.getByLabel('Name').fill('Jana D.');
  await page.locator('input[type=password]').fill('a bicycle leans on the wall');
  await page.getByRole('button', { name: /Make my key/ }).click();
  await page.waitForURL(/#\/machines/);
}
