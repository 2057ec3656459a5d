import { execFileSync } from 'node:child_process';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { assert, property, string } from 'fast-check';
import { parseSessions } from '../../agent/primitives/dialog/desktop.ts';
import { makeWorkshop, newId, until } from '../execution/support.ts';
import { missing } from '../support/needs.ts';
import { holdScreens, VirtualDesktop } from '../support/virtual-desktop.ts';

const { run, executor } = makeWorkshop();
test.before(holdScreens);
test.after.always(() => executor.stop());

const absent = (['Xvfb (as root)', 'xdotool', 'zenity', 'imagemagick'] as const).filter(missing);
const onDesktop = absent.length === 0 ? test.serial : test.serial.skip;
if (absent.length > 0) console.log(`dialogs are not shown here, since this machine has no ${absent.join(', ')}`);

async function desktop(t: ExecutionContext): Promise<VirtualDesktop> {
  const started = await VirtualDesktop.start();
  t.teardown(() => started.close());
  return started;
}

test.serial('without anybody at a screen every dialog and picture fails at once', async (t) => {
  for (const [name, params] of [['dialog.message', { text: 'a' }], ['dialog.flash', { text: 'a' }], ['dialog.ask', { text: 'a' }], ['screen.capture', {}]] as const) {
    const { ending } = await run(name, { ...params, user: 'no-such-person' });
    t.deepEqual([ending.status, ending.code], ['failed', 'no-session'], name);
  }
});

onDesktop('a question is answered by the keys of the person at the machine', async (t) => {
  const screen = await desktop(t);
  const asked = run('dialog.ask', { text: 'Restart now? <b>&amp; --help', title: '--restart', answers: ['Now', 'Tonight', '--never'], user: screen.user });
  await screen.window('restart', asked);
  // focus is on the first button; the second is one further
  await screen.hand(['key', 'Tab']);
  await screen.hand(['key', 'Return']);
  const { ending } = await asked;
  const result: Record<string, unknown> = Object(ending.result);
  t.is(ending.status, 'succeeded', ending.detail);
  t.deepEqual([result['user'], result['shownBy'], result['outcome']], [screen.user, 'zenity', 'answered']);
  t.true(['Now', 'Tonight', '--never'].includes(String(result['answer'])));
});

onDesktop('a question that is closed, or that nobody answers in time, has no answer', async (t) => {
  const screen = await desktop(t);
  const closed = run('dialog.ask', { text: 'Closed?', title: 'Close me', user: screen.user });
  await screen.window('Close me', closed);
  await screen.hand(['key', 'Escape']);
  t.like((await closed).ending.result, { outcome: 'dismissed' });
  t.like((await run('dialog.ask', { text: 'Anyone?', user: screen.user, waitSeconds: 1 })).ending.result, { outcome: 'no-answer' });
});

onDesktop('a message says whether it was closed by the person', async (t) => {
  const screen = await desktop(t);
  const shown = run('dialog.message', { text: 'Backup is done', title: 'Read me', user: screen.user });
  await screen.window('Read me', shown);
  await screen.hand(['key', 'Return']);
  t.like((await shown).ending.result, { wasClosed: true });
  t.like((await run('dialog.message', { text: 'Unread', user: screen.user, showSeconds: 1 })).ending.result, { wasClosed: false });
});

onDesktop('a flash is a window where the desktop shows no notifications', async (t) => {
  const screen = await desktop(t);
  const { ending } = await run('dialog.flash', { text: 'Look', user: screen.user, showSeconds: 1 });
  t.is(ending.status, 'succeeded', ending.detail);
  t.like(ending.result, { shownBy: 'zenity' });
});

onDesktop('a cancelled question takes its window with it', async (t) => {
  const screen = await desktop(t);
  const id = newId();
  const asked = run('dialog.ask', { text: 'Still there?', title: 'Cancel me', user: screen.user }, { id });
  await screen.window('Cancel me', asked);
  executor.cancel(id);
  t.is((await asked).ending.status, 'cancelled');
  await until(async () => (await screen.hand(['search', '--onlyvisible', '--name', 'Cancel me']).catch(() => '')) === '', 'the window to go', 10_000);
});

onDesktop('the program that shows it runs as that person and knows nothing of the agent', async (t) => {
  const screen = await desktop(t);
  process.env['BEHEST_SECRET_OF_THE_AGENT'] = 'x';
  const asked = run('dialog.ask', { text: 'Who?', title: 'Who runs this', user: screen.user });
  await screen.window('Who runs this', asked);
  const pid = execFileSync('pgrep', ['-u', screen.user, '-x', 'zenity']).toString().trim();
  const environ = execFileSync('cat', [`/proc/${pid}/environ`]).toString();
  t.false(environ.includes('BEHEST_SECRET_OF_THE_AGENT'));
  t.regex(execFileSync('cat', [`/proc/${pid}/status`]).toString(), /^Uid:\t65534\t65534/m);
  await screen.hand(['key', 'Escape']);
  await asked;
});

onDesktop('the picture of a screen shows what is on it', async (t) => {
  const screen = await desktop(t);
  const empty = await run('screen.capture', { user: screen.user });
  t.is(empty.ending.status, 'succeeded', empty.ending.detail);
  t.deepEqual([...empty.stdout.subarray(0, 4)], [0x89, 0x50, 0x4e, 0x47]);
  const asked = run('dialog.ask', { text: 'In the picture', title: 'Picture', user: screen.user });
  await screen.window('Picture', asked);
  const full = await run('screen.capture', { user: screen.user });
  t.notDeepEqual(full.stdout, empty.stdout);
  t.like(full.ending.result, { user: screen.user, screen: screen.display, format: 'png', bytes: full.stdout.byteLength });
  await screen.hand(['key', 'Escape']);
  await asked;
});

test('which session is in front is read from what loginctl says, whatever it says', (t) => {
  t.deepEqual(parseSessions('User=1000\nDisplay=:0\nActive=yes\n\nUser=1001\nDisplay=\nActive=no\n\nUser=1002\nDisplay=\nActive=yes\n'), [{ uid: 1000, display: ':0' }, { uid: 1002, display: '' }]);
  assert(property(string(), (text) => Array.isArray(parseSessions(text))));
});
