import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { readdirSync } from 'node:fs';
import test from 'ava';
import { behest, startQuickly } from '../support/behest.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** Changes the intermediary's database behind its back. */
function alter(data: string, sql: string): void {
  const folder = join(data, 'intermediary');
  for (const name of readdirSync(folder).filter((each) => each.endsWith('.db'))) {
    const database = new DatabaseSync(join(folder, name));
    const isIt = database.prepare(`select 1 from sqlite_master where name = 'audit_log'`).get() !== undefined;
    if (isIt) database.exec(sql);
    database.close();
  }
}

test.serial('an entry that was changed, and one that was removed, are found and named', async (t) => {
  const data = await temporaryFolder(t);
  const first = await startQuickly(data, ['--no-agent']);
  t.is((await behest(data, ['audit-log', 'verify'])).code, 0);
  await first.stop();
  for (const [sql, place] of [[`update audit_log set data = '{}' where seq = 2`, /entry 2 was changed/], ['delete from audit_log where seq = 2', /entry 2 is missing/]] as const) {
    alter(data, sql);
    const running = await startQuickly(data, ['--no-agent']);
    const verified = await behest(data, ['audit-log', 'verify']);
    await running.stop();
    t.is(verified.code, 1);
    t.regex(verified.stderr, /^error\[log-altered\]: /);
    t.regex(verified.stderr, place);
  }
});
