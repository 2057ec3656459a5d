/**
 * Every view in its states, with a made-up client: what is said, what the keys do, that it can be read and fits.
 */
import { testLooks, testMockPage } from './looks.ts';
import { machineIds, visit } from './mock-page.ts';

const test = testMockPage();
const { first, away, silent } = machineIds;

/** A directive with lists of things in its result. */
const resultWithLists = '/work/039b10ce039b10ce039b10ce039b10ce';

testLooks(test, [
  ['machines', { at: '/machines' }, 'rec-01'],
  ['no machine yet', { at: '/machines', state: 'empty plain' }, 'No machines yet'],
  ['machines on their way', { at: '/machines', state: 'few loading' }, 'live'],
  ['not connected', { at: '/machines', state: 'few offline' }, /^Shown as of/],
  ['a clone alarm', { at: '/machines', state: 'few alarm' }, /Two copies of lap-ines-01/],
  ['nothing fits', { at: '/machines?q=zzz' }, 'No machine fits'],
  ['a machine', { at: `/machines/${first}` }, /identity verified/],
  ['how a machine is reached', { at: `/machines/${first}` }, 'HTTPS long poll through proxy 10.0.0.5:3128; WebSocket (TLS) was cut by it'],
  ['how a machine was reached that is away', { at: `/machines/${away}` }, /off line now, as of/],
  ['a machine that has not said how it is reached', { at: `/machines/${silent}` }, 'WebSocket (TLS); the machine has not said by which path'],
  ['a machine that polls', { at: `/machines/${first}` }, /^calls every 1m/],
  ['contact settings that cannot be fetched', { at: `/machines/${first}`, state: 'few mute' }, 'The other side could not be reached.'],
  ['a machine that is away', { at: `/machines/${away}/terminal` }, 'xray-01 is off line'],
  ['an unknown machine', { at: '/machines/00' }, 'No machine of this id is known to you'],
  ['the files of a machine', { at: `/machines/${first}/files?path=/srv` }, 'release-1.4.2.tar.gz'],
  ['a directory of a hundred thousand', { at: `/machines/${first}/files?path=/var` }, '100,000 entries'],
  ['a directory where nothing fits', { at: `/machines/${first}/files?path=/srv&q=zzz` }, 'No name fits'],
  ['an empty directory', { at: `/machines/${first}/files?path=/tmp` }, 'This directory is empty'],
  ['a directory that the agent may not see', { at: `/machines/${first}/files?path=/root` }, 'The operating system does not permit this.'],
  ['the files of a machine that is away', { at: `/machines/${away}/files` }, 'Its files can be seen when it is there.'],
  ['files that cannot be reached', { at: `/machines/${first}/files`, state: 'few mute' }, 'Try again'],
  ['files without a key', { at: `/machines/${first}/files`, state: 'few no-key' }, 'This browser holds no key of yours'],
  ['a screen before it is shown', { at: `/machines/${first}/screen` }, 'Show the screen'],
  ['the screen of a machine that is away', { at: `/machines/${away}/screen` }, 'xray-01 is not there'],
  ['a screen without a key', { at: `/machines/${first}/screen`, state: 'few no-key' }, 'This browser holds no key of yours, so it cannot show it.'],
  ['what can be run', { at: `/machines/${first}/run` }, 'Restart a service'],
  ['a run form', { at: `/machines/${first}/run?primitive=shell.execute` }, 'The same in a terminal'],
  ['a key that may not', { at: `/machines/${first}/run?primitive=disk.wipe` }, 'You cannot run this from here'],
  ['work', { at: '/work', state: 'crowded plain' }, '534 machines'],
  ['no work yet', { at: '/work', state: 'empty plain' }, 'Nothing was run yet'],
  ['an unknown directive', { at: '/work/00' }, 'No directive of this id is known to you'],
  ['a result with lists', { at: resultWithLists }, 'Copy as CSV'],
  ['the library', { at: '/library?primitive=shell.execute' }, 'Takes'],
  ['a primitive of the library and the machines that have it', { at: '/library?primitive=agent.echo' }, /^On \d+ machines of \d+$/],
  ['trust', { at: '/trust' }, 'Omar K.'],
  ['trust that cannot be fetched', { at: '/trust', state: 'few failing' }, 'The policy could not be fetched.'],
  ['settings', { at: '/settings' }, /cannot be taken out/],
  ['settings without a key', { at: '/settings', state: 'few no-key' }, 'There is none'],
  ['sign-in', { at: '/trust', state: 'few signed-out', withKey: false }, 'Sign in'],
  ['a broken link', { at: '/welcome/nonsense', withKey: false }, 'This link no longer works'],
  ['nothing at this address', { at: '/nowhere' }, 'There is nothing at this address'],
]);

test.serial('a thousand machines: only what is in sight is drawn, and a search says where it matched', async (t) => {
  if (t.context.browser === undefined) return t.pass();
  const { page, context } = await visit(t.context.browser, t.context.served, { at: '/machines', state: 'crowded plain' });
  await page.getByText('1,000 · 857 on line').waitFor();
  t.true((await page.getByRole('row').count()) < 60);
  await page.keyboard.press('/');
  await page.keyboard.type('10.20.1.17');
  await page.getByText('address 10.20.1.17', { exact: true }).waitFor();
  t.regex(page.url(), /q=10\.20\.1\.17/);
  await context.close();
});

test.serial('the list is worked by keys alone', async (t) => {
  if (t.context.browser === undefined) return t.pass();
  const { page, context } = await visit(t.context.browser, t.context.served, { at: '/machines' });
  await page.getByText('rec-01').waitFor();
  for (const key of ['j', 'x', 'j', 'x']) await page.keyboard.press(key);
  await page.getByText('2 selected').waitFor();
  await page.keyboard.press('Space');
  await page.getByRole('complementary', { name: /lap-ines-01/ }).waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('r');
  await page.getByRole('heading', { name: 'Run on 2 machines' }).waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await page.waitForURL(/#\/machines/, { waitUntil: 'commit' });
  await page.keyboard.press('g');
  await page.keyboard.press('w');
  await page.getByText('any state').or(page.getByPlaceholder('any state')).first().waitFor();
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keys' }).waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+k');
  await page.getByPlaceholder(/shell on/).fill('shell on rec-01');
  await page.getByText('Run a shell command on rec-01').click();
  await page.getByLabel('Command').waitFor();
  t.regex(page.url(), /primitive=shell\.execute/);
  await context.close();
});

test.serial('a long list in a result is put in order, searched, and drawn only where it is in sight', async (t) => {
  if (t.context.browser === undefined) return t.pass();
  const { page, context, faults } = await visit(t.context.browser, t.context.served, { at: resultWithLists });
  const table = page.getByRole('group', { name: 'Table' }).last();
  await table.getByText('program-0', { exact: true }).waitFor();
  t.true((await table.getByRole('row').count()) < 60);
  const memory = table.getByRole('button', { name: 'Memory' });
  await memory.click();
  await memory.click();
  const [, top] = await table.getByRole('row').all();
  t.regex((await top?.innerText()) ?? '', /^program-\d+\s+19\.5 MiB/);
  await page.getByLabel('Find rows').fill('program-4321');
  await page.getByText('1 of 5,000 rows').waitFor();
  t.deepEqual(faults, []);
  await context.close();
});

test.serial('what people will feel is asked twice, with the machines named', async (t) => {
  if (t.context.browser === undefined) return t.pass();
  const { page, context } = await visit(t.context.browser, t.context.served, { at: `/run?on=${first},${away}&primitive=system.reboot` });
  await page.getByRole('button', { name: /^Run/ }).click();
  const question = page.getByRole('alertdialog');
  await question.getByText('xray-01 (off line)').waitFor();
  await question.getByRole('button', { name: 'Run on 2 machines' }).click();
  await page.getByText('2 machines').first().waitFor();
  t.regex(page.url(), /#\/work\//);
  await context.close();
});

test.serial('contact settings are changed for a machine or its site, signed, with the same as a command to copy', async (t) => {
  if (t.context.browser === undefined) return t.pass();
  const { page, context, faults } = await visit(t.context.browser, t.context.served, { at: `/machines/${first}` });
  const list = page.getByRole('row').filter({ hasText: 'rec-01' });
  await page.getByText('2 other ways were tried in vain').click();
  await page.getByText('closed 61 s after the last frame').waitFor();
  await page.getByText('site Reception, set by Omar K.').first().waitFor();
  await page.getByText('What was set for site Reception is not in force on the machine yet.').waitFor();

  await page.getByRole('button', { name: 'Change settings…' }).click();
  await page.getByText('Left empty: 1m (site Reception).').waitFor();
  await page.getByLabel('Interval', { exact: true }).fill('2');
  await page.getByText('At least 5 s.').waitFor();
  t.true(await page.getByRole('button', { name: 'Set', exact: true }).isDisabled());
  await page.getByLabel('Interval', { exact: true }).fill('90');
  await page.getByRole('textbox', { name: 'Order of transports' }).fill('wss\nhttps-long-poll');
  await page.getByText('behest contact set rec-01 --interval 1m30s --order wss,https-long-poll', { exact: true }).waitFor();
  await page.getByText(/Acts on rec-01, signed by your page key [0-9a-f]{8}/).waitFor();
  await page.getByRole('button', { name: 'Set', exact: true }).click();
  await page.getByText('In force on 1 of 1 machine.').waitFor();
  await page.getByText(/^this machine, set by Jana D\./).first().waitFor();

  await page.getByText('All of Reception').click();
  await page.getByText(/Acts on \d+ machines of Reception and on those that join later/).waitFor();
  await page.getByLabel('Interval', { exact: true }).fill('');
  await page.getByText('behest contact set --site Reception --clear --mode polling', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Close' }).click();
  await page.goto(`${t.context.served.url}/#/machines`);
  await list.getByText('HTTPS long poll · proxy 10.0.0.5:3128').waitFor();
  t.deepEqual(faults, []);
  await context.close();
});

test.serial('contact settings that may not be set here say why and cannot be sent', async (t) => {
  if (t.context.browser === undefined) return t.pass();
  const { page, context } = await visit(t.context.browser, t.context.served, { at: `/machines/${first}`, state: 'few no-key' });
  await page.getByRole('button', { name: 'Change settings…' }).click();
  await page.getByText('You cannot set this from here').waitFor();
  t.true(await page.getByRole('button', { name: 'Set', exact: true }).isDisabled());
  await context.close();
});

test.serial('a terminal keeps what is typed while the connection is lost, and is there after a reload', async (t) => {
  if (t.context.browser === undefined) return t.pass();
  const { page, context, faults } = await visit(t.context.browser, t.context.served, { at: `/machines/${first}/terminal` });
  await page.getByRole('button', { name: 'Open a terminal' }).click();
  const screen = page.locator('.xterm-rows');
  await screen.getByText('root@rec-01').waitFor();
  await page.evaluate('cutTerminals()');
  await page.getByText(/Connection lost/).waitFor();
  await page.keyboard.type('echo later');
  await page.keyboard.press('Enter');
  await page.evaluate('joinTerminals()');
  await screen.getByText('later', { exact: true }).waitFor();
  await page.reload();
  await screen.getByText('later', { exact: true }).waitFor();
  t.deepEqual(faults, []);
  await context.close();
});
