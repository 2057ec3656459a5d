/**
 * One directive on more machines than are told one by one: numbers, waves, a page of machines at a time, the failed ones once
 * more, and the rest called off.
 */
import { eventually } from '../support/behest.ts';
import { id32 } from './page/mock-data.ts';
import { canBeRead, shot, testLooks, testMockPage } from './looks.ts';
import { visit } from './mock-page.ts';

const test = testMockPage();
const at = `/work/${id32(9004)}`;
const crowded = 'crowded plain';

testLooks(test, [
  ['a directive on 534 machines', { at, state: crowded }, '341 done'],
  ['those of its machines where it failed', { at: `${at}?state=failed`, state: crowded }, 'print-01'],
  ['a state that no machine is in', { at: `${at}?state=expired`, state: crowded }, 'No machine is in this state now.'],
  ['machines of a directive that cannot be fetched', { at, state: 'crowded mute' }, 'The other side could not be reached.'],
]);

test.serial('machines are fetched as one goes down the list, and only those in sight are drawn', async (t) => {
  if (t.context.browser === undefined) return t.pass();
  const { page, context, faults } = await visit(t.context.browser, t.context.served, { at, state: crowded });
  await page.getByText('50 machines', { exact: true }).waitFor();
  await page.getByText('100 failed', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'done 341' }).click();
  const rows = page.getByRole('button', { expanded: false }).filter({ hasText: 'done' });
  await rows.first().waitFor();
  t.true((await rows.count()) < 60);
  await rows.first().hover();
  const last = rows.filter({ hasText: 'rec-77' });
  await eventually(async () => {
    await page.mouse.wheel(0, 100_000);
    return last.isVisible();
  });
  await last.click();
  await page.getByText('report verified').waitFor();
  t.deepEqual(faults, []);
  await context.close();
});

test.serial('a result of one of many machines has the words of its schema', async (t) => {
  if (t.context.browser === undefined) return t.pass();
  const { page, context } = await visit(t.context.browser, t.context.served, { at: `${at}?state=succeeded`, state: crowded });
  await page.getByRole('button', { expanded: false }).filter({ hasText: 'done' }).first().click();
  await page.locator('dt[title="Exit code of the command."]').waitFor();
  t.is(await page.getByText('The same in a terminal').count(), 0);
  await context.close();
});

test.serial('the failed ones are given another try, in waves; that they cannot be fetched is said', async (t) => {
  if (t.context.browser === undefined) return t.pass();
  const well = await visit(t.context.browser, t.context.served, { at, state: crowded });
  await well.page.getByRole('button', { name: 'Retry 97 failed' }).click();
  await well.page.getByRole('heading', { name: 'Run on 97 machines' }).waitFor();
  t.is(await well.page.getByLabel('Command').inputValue(), 'Get-Service | Where-Object Status -eq Stopped');
  await well.page.getByLabel('At a time').fill('lots');
  await well.page.getByText('Write how many of the 97 at a time').waitFor();
  await well.page.getByRole('button', { name: /^Run/ }).click();
  t.is(await well.page.getByRole('alertdialog').count(), 0);
  await well.page.getByLabel('At a time').fill('10%');
  await well.page.getByLabel('stop after').fill('3');
  await well.page.getByText(/^behest run --agents print-01,.* --wave 10% --stop-after 3 shell\.execute/).waitFor();
  await canBeRead(t, well.page, 'a form for many');
  await shot(well.page, 'a form for many');
  await well.page.getByRole('button', { name: /^Run/ }).click();
  await well.page.getByRole('alertdialog').getByRole('button', { name: 'Run on 97 machines' }).click();
  await well.page.getByText('10 machines', { exact: true }).waitFor();
  await well.page.getByText('3 failed', { exact: true }).waitFor();
  t.deepEqual(well.faults, []);
  await well.context.close();

  const mute = await visit(t.context.browser, t.context.served, { at, state: 'crowded mute' });
  await mute.page.getByRole('button', { name: 'Retry 97 failed' }).click();
  await mute.page.getByRole('alert').getByText('The other side could not be reached.', { exact: true }).first().waitFor();
  t.deepEqual(mute.faults, []);
  await mute.context.close();
});

test.serial('when the rest is cancelled, the numbers and the machines in sight say so, and it does not count as failed', async (t) => {
  if (t.context.browser === undefined) return t.pass();
  const { page, context, faults } = await visit(t.context.browser, t.context.served, { at, state: crowded });
  await page.getByRole('button', { name: 'waiting 48' }).click();
  await page.getByRole('button', { expanded: false }).filter({ hasText: 'waiting' }).first().waitFor();
  await page.getByRole('button', { name: 'Cancel rest' }).click();
  await page.getByText('96 cancelled').waitFor();
  await page.getByText('No machine is in this state now.').waitFor();
  await page.getByRole('button', { name: 'Retry 97 failed' }).waitFor();
  t.is(await page.getByRole('button', { name: 'Cancel rest' }).count(), 0);
  t.deepEqual(faults, []);
  await context.close();
});

test.serial('a directive on very many machines stays in the work when a site is chosen', async (t) => {
  if (t.context.browser === undefined) return t.pass();
  const { page, context } = await visit(t.context.browser, t.context.served, { at: '/work?site=Home', state: crowded });
  await page.getByText('534 machines').waitFor();
  t.false(await page.getByText('rec-01', { exact: true }).isVisible());
  await context.close();
});
