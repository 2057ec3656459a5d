/**
 * The installed Chromium, and a page in it that remembers everything that went wrong.
 */
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Where Chromium is, or undefined. */
export function findChromium(): string | undefined {
  return places.find((place) => existsSync(place));
}

export function launchChromium(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking', '--disable-component-update', '--disable-sync'] });
}

export type WatchedPage = { readonly page: Page; readonly context: BrowserContext; /** Console errors, exceptions and violations of the content policy. */ readonly faults: string[] };

const reportViolations = `document.addEventListener('securitypolicyviolation', (event) =>
  window.reportViolation([event.violatedDirective, event.blockedURI, event.sample, event.sourceFile, event.lineNumber].join(' ')));`;

export const password = 'a bicycle leans on the wall';

/** Follows a link for newcomers as somebody of this name; then this browser holds a key of theirs. `filled`: before it is sent. */
export async function enter(page: Page, link: string, name: string, filled?: () => Promise<void>): Promise<void> {
  await page.goto(link);
  await page.getByLabel('Name').fill(name);
  await page.locator('input[type=password]').fill(password);
  await filled?.();
  await page.getByRole('button', { name: /Make my key/ }).click();
  await page.waitForURL(/#\/machines/);
}

export type PageOptions = { readonly width?: number; readonly height?: number; readonly dark?: boolean; readonly reducedMotion?: boolean };

/** A page of its own, in a context of its own. */
export async function openPage(browser: Browser, { width = 1280, height = 800, dark = false, reducedMotion = true }: PageOptions = {}): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: dark ? 'dark' : 'light', reducedMotion: reducedMotion ? 'reduce' : 'no-preference', ignoreHTTPSErrors: true, locale: 'en-GB', timezoneId: 'Europe/Berlin' });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') faults.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => faults.push(`exception: ${error.message}`));
  await page.exposeFunction('reportViolation', (text: string) => faults.push(`policy: ${text}`));
  await page.addInitScript({ content: reportViolations });
  return { page, context, faults };
}
