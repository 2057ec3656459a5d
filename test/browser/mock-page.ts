/**
 * The console with a made-up client behind it, built once and served: for looking at every state of every view.
 */
import { build } from 'vite';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { enter, openPage } from './chromium.ts';
import type { PageOptions, WatchedPage } from './chromium.ts';
import { servePage } from './serve.ts';
import type { Served } from './serve.ts';

/** In a folder of its own: files of tests run side by side. */
export async function buildMockPage(): Promise<Served> {
  const folder = await mkdtemp(join(tmpdir(), 'behest-page-'));
  await build({ configFile: join(import.meta.dirname, 'page/vite.config.ts'), logLevel: 'error', build: { outDir: folder, emptyOutDir: false } });
  const served = await servePage(folder);
  return {
    url: served.url,
    close: async () => {
      await served.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Made-up machines: the first one, one that is off line, and one that has never said by which path it came. */
export const machineIds = { first: '66687aadf862bd776c8fc18b8e9f8e20', away: 'c41a05590f3de1ad1e699fc8752222c5', silent: 'd1ad35a94f018ccb8e40a06fed17db11' } as const;

export type MockVisit = PageOptions & { /** `few plain`: see page/mock-client.ts */ readonly state?: string; readonly at: string; /** Comes through the welcome, so that the browser holds a key. */ readonly withKey?: boolean };

const link = `welcome/${'ab'.repeat(16)}.${'A'.repeat(43)}`;

/** A fresh browser at an address of the console. */
export async function visit(browser: Browser, served: Served, { state = 'few plain', at, withKey = true, ...options }: MockVisit): Promise<WatchedPage> {
  const watched = await openPage(browser, options);
  const { page } = watched;
  if (withKey) await enter(page, `${served.url}/#/${link}`, 'Jana D.');
  await page.addInitScript({ content: `if (location.protocol !== 'about:') localStorage.setItem('mock.options', ${JSON.stringify(state)})` });
  await page.goto('about:blank');
  await page.goto(`${served.url}/#${at}`);
  return watched;
}
