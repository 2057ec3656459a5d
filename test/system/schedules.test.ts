import test from 'ava';
import { behest, eventually, startQuickly } from '../support/behest.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('a machine runs a schedule by its own clock, and it is listed, shown and removed', async (t) => {
  const data = await temporaryFolder(t);
  const running = await startQuickly(data);
  t.teardown(() => running.stop());
  const added = await behest(data, ['schedule', 'add', running.ready.agentId, 'agent.echo', '--text', 'hi', '--cron', '* * * * *', '--json']);
  t.is(added.code, 0, added.stderr);
  const { directiveId } = JSON.parse(added.stdout.toString());
  t.regex((await behest(data, ['schedule', 'list', running.ready.agentId])).stdout.toString(), new RegExp(`\\* \\* \\* \\* \\* +agent\\.echo +1 .* ${directiveId}`));
  const audit = JSON.parse((await behest(data, ['schedule', 'add', running.ready.agentId, 'audit.full', '--cron', '* * * * *', '--json'])).stdout.toString());
  const firings = async (id: string = directiveId): Promise<{ at: number; state: string }[]> => JSON.parse((await behest(data, ['schedule', 'firings', id, '--json'])).stdout.toString());
  // the next full minute of the real clock
  await eventually(async () => (await firings()).length > 0, 90_000);
  const [first] = await firings();
  t.is(first?.state, 'succeeded');
  t.is((first?.at ?? 1) % 60, 0);
  // the audit is in the history: the next one builds upon it, and what the machine signed of both is there
  await eventually(async () => (await firings(audit.directiveId)).length > 0, 60_000);
  for (const id of [directiveId, audit.directiveId]) t.is((await behest(data, ['schedule', 'remove', id])).code, 0);
  const next = await behest(data, ['audit', running.ready.agentId]);
  t.regex(next.stdout.toString(), /^(nothing )?changed since the last audit/, next.stderr);
  const changes = await behest(data, ['audit', running.ready.agentId, '--changes', '--json']);
  t.is(JSON.parse(changes.stdout.toString()).verified, true, changes.stderr);
  await eventually(async () => (await behest(data, ['schedule', 'list'])).stderr.includes('No schedules.'));
  const wrong = await behest(data, ['schedule', 'add', running.ready.agentId, 'agent.echo', '--cron', '61 * * * *']);
  t.regex(wrong.stderr, /error\[schedule-invalid\]/);
});
