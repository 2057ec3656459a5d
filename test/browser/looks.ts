/**
 * What every view must do in each of its states: say what it is, be readable in light and dark, and fit a telephone. With
 * `BEHEST_SHOTS=folder`, what is seen is written there.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import anyTest from 'ava';
import type { ExecutionContext, TestFn } from 'ava';
import type { Browser, Page } from 'playwright-core';
import { has } from '../support/needs.ts';
import { findChromium, launchChromium } from './chromium.ts';
import { findFaintTexts } from './contrast.ts';
import { buildMockPage, visit } from './mock-page.ts';
import type { MockVisit } from './mock-page.ts';
import type { Served } from './serve.ts';

export type MockContext = { browser: Browser; served: Served };
/** A state of a view: its name, how to come to it, and what it says. */
export type Look = readonly [name: string, visit: MockVisit, text: string | RegExp];

/** AVA's `test` with the made-up console and a browser; without a browser on this machine `t.context.browser` is undefined. */
export function testMockPage(): TestFn<MockContext> {
  const test = anyTest as TestFn<MockContext>;
  test.before(async (t) => {
    const executable = findChromium();
    if (!has(t, 'chromium') || executable === undefined) return;
    t.context = { served: await buildMockPage(), browser: await launchChromium(executable) };
  });
  test.after.always(async (t) => {
    await t.context.browser?.close();
    await t.context.served?.close();
  });
  return test;
}

/** One test for each: wide and light, then narrow and dark. */
export function testLooks(test: TestFn<MockContext>, looks: readonly Look[]): void {
  for (const [name, visited, text] of looks) {
    test.serial(`${name}: says what it is, can be read in light and dark, fits a telephone`, async (t) => {
      if (t.context.browser === undefined) return t.pass();
      for (const dark of [false, true]) {
        const { page, context, faults } = await visit(t.context.browser, t.context.served, { ...visited, dark, ...(dark ? telephone : {}) });
        await page.getByText(text).filter({ visible: true }).first().waitFor();
        await canBeRead(t, page, dark ? 'dark' : 'light');
        await shot(page, `${name} ${dark ? 'dark' : 'light'}`);
        t.deepEqual(faults, []);
        await context.close();
      }
    });
  }
}

export const telephone = { width: 390, height: 844 };

/** Nothing in sight is faint, and nothing must be scrolled sideways. */
export async function canBeRead(t: ExecutionContext<unknown>, page: Page, how: string): Promise<void> {
  t.deepEqual(await page.evaluate(findFaintTexts), [], how);
  t.true(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), `${how}: no sideways scrolling`);
}

/** Writes what is seen, if somebody wants that. */
export async function shot(page: Page, name: string): Promise<void> {
  const folder = process.env['BEHEST_SHOTS'];
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name.replaceAll(/\W+/g, '-')}.png`) });
}
