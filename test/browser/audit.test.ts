/**
 * The audits of a machine in their states: what the last one saw, what changed between two, and whether the machine signed it.
 */
import { readFile } from 'node:fs/promises';
import { testLooks, testMockPage } from './looks.ts';
import { machineIds, visit } from './mock-page.ts';

const test = testMockPage();
const { first, away } = machineIds;
const at = `/machines/${first}/audit`;

testLooks(test, [
  ['the last audit', { at }, '2 certificates ended or end within 30 days'],
  ['three thousand packages', { at, state: 'crowded plain' }, '3,000 rows'],
  ['a machine without audits', { at, state: 'few unaudited' }, 'This machine has not been audited yet'],
  ['audits that cannot be fetched', { at, state: 'few mute' }, 'The other side could not be reached.'],
  ['an audit that the machine did not sign', { at, state: 'few forged' }, 'NOT verified: the machine did not sign this report'],
  ['audits of a machine that is away', { at: `/machines/${away}/audit` }, 'Audit when it is back'],
]);

test.serial('audits that take long show rows on their way', async (t) => {
  if (t.context.browser === undefined) return t.pass();
  const { page, context, faults } = await visit(t.context.browser, t.context.served, { at, state: 'few still' });
  await page.getByRole('status', { name: 'loading' }).waitFor();
  t.deepEqual(faults, []);
  await context.close();
});

test.serial('three thousand packages are searched, and only those in sight are drawn', async (t) => {
  if (t.context.browser === undefined) return t.pass();
  const { page, context } = await visit(t.context.browser, t.context.served, { at, state: 'crowded plain' });
  await page.getByText('3,000 rows').waitFor();
  t.true((await page.getByRole('row').count()) < 100);
  await page.getByLabel('Find rows').first().fill('package-2718 ');
  await page.getByText('1 of 3,000 rows').waitFor();
  await page.getByText('apt package-2718 amd64').waitFor();
  await context.close();
});

test.serial('between two audits that are chosen, what came, went and changed is shown', async (t) => {
  if (t.context.browser === undefined) return t.pass();
  const { page, context, faults } = await visit(t.context.browser, t.context.served, { at });
  await page.getByText('1 added, 1 removed, 1 changed').waitFor();
  await page.getByText('0.1 → 1.1.1').waitFor();
  await page.getByText('apt gone amd64').waitFor();
  const [, second = ''] = await page.getByLabel('From', { exact: true }).locator('option').evaluateAll((options) => options.map((option) => (option as unknown as { value: string }).value));
  await page.getByLabel('To', { exact: true }).selectOption(second);
  await page.getByText('Nothing changed between these two.').waitFor();
  t.deepEqual(faults, []);
  await context.close();
});

test.serial('rows are saved as CSV and JSON, all of them', async (t) => {
  if (t.context.browser === undefined) return t.pass();
  const { page, context, faults } = await visit(t.context.browser, t.context.served, { at });
  const saved = async (label: string): Promise<[string, string]> => {
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: label }).first().click()]);
    return [download.suggestedFilename(), await readFile(await download.path(), 'utf8')];
  };
  const [csvName, csv] = await saved('Save CSV');
  t.is(csvName, 'rec-01-software.csv');
  t.is(csv.trimEnd().split('\r\n').length, 41);
  const [jsonName, json] = await saved('Save JSON');
  t.is(jsonName, 'rec-01-software.json');
  t.is(JSON.parse(json)[2].id, 'apt package-2 amd64');
  t.deepEqual(faults, []);
  await context.close();
});

test.serial('an audit that is asked for is shown when it has come, with its signature checked', async (t) => {
  if (t.context.browser === undefined) return t.pass();
  const { page, context, faults } = await visit(t.context.browser, t.context.served, { at });
  await page.getByText('3 audits kept').waitFor();
  await page.getByText('verified', { exact: true }).first().waitFor();
  await page.getByRole('button', { name: 'Audit now' }).click();
  await page.getByText(/^Auditing… 60% software/).waitFor();
  await page.getByText('4 audits kept').waitFor();
  await page.getByText('Nothing changed between these two.').waitFor();
  t.deepEqual(faults, []);
  await context.close();
});

test.serial('certificates that end soon stand in their section with the days that are left', async (t) => {
  if (t.context.browser === undefined) return t.pass();
  const { page, context } = await visit(t.context.browser, t.context.served, { at });
  await page.getByRole('button', { name: 'Show certificates' }).click();
  await page.getByRole('cell', { name: 'ends in 12 days' }).waitFor();
  await page.getByRole('cell', { name: 'ended 3 days ago' }).waitFor();
  t.is(await page.getByRole('cell', { name: /^end/ }).count(), 2);
  await context.close();
});

test.serial('a section in which the machine has nothing says so', async (t) => {
  if (t.context.browser === undefined) return t.pass();
  const { page, context } = await visit(t.context.browser, t.context.served, { at });
  await page.getByRole('button', { name: 'Printers' }).click();
  await page.getByText('The machine has none.').waitFor();
  t.is(await page.getByText('40 rows').count(), 0);
  await context.close();
});
