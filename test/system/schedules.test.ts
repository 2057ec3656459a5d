import test from 'ava';
import { behest, eventually, startQuickly } from '../support/behest.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('a machine runs a schedule by its own clock, and it is listed, shown and removed', async (t) => {
  const data = await temporaryFolder(t);
  const running = await startQuickly(data);
  t.teardown(() => void running.stop());
  const added = await behest(data, ['schedule', 'add', running.ready.agentId, 'agent.echo', '--text', 'hi', '--cron', '* * * * *', '--json']);
  t.is(added.code, 0, added.stderr);
  const { directiveId } = JSON.parse(added.stdout.toString());
  t.regex((await behest(data, ['schedule', 'list', running.ready.agentId])).stdout.toString(), new RegExp(`\\* \\* \\* \\* \\* +agent\\.echo +1 .* ${directiveId}`));
  const firings = async (): Promise<{ at: number; state: string }[]> => JSON.parse((await behest(data, ['schedule', 'firings', directiveId, '--json'])).stdout.toString());
  // the next full minute of the real clock
  await eventually(async () => (await firings()).length > 0, 90_000);
  const [first] = await firings();
  t.is(first?.state, 'succeeded');
  t.is((first?.at ?? 1) % 60, 0);
  t.is((await behest(data, ['schedule', 'remove', directiveId])).code, 0);
  await eventually(async () => (await behest(data, ['schedule', 'list'])).stderr.includes('No schedules.'));
  const wrong = await behest(data, ['schedule', 'add', running.ready.agentId, 'agent.echo', '--cron', '61 * * * *']);
  t.regex(wrong.stderr, /error\[schedule-invalid\]/);
});
