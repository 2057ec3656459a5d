/** A process that writes to a store for ever and says what was acknowledged, until it is killed: node store-writer.ts PATH */
import { openStore } from '../../intermediary/store/store.ts';
import { AuditLog } from '../../intermediary/audit-log/audit-log.ts';
import { systemClock } from '../../protocol/clock.ts';
import { success } from '../../protocol/outcome.ts';

const opened = await openStore(process.argv[2] ?? '');
if (!opened.ok) throw new Error(`${opened.code}: ${opened.detail}`);
const store = opened.value;
const log = new AuditLog(store, systemClock);

async function writeOne(): Promise<void> {
  const id = crypto.randomUUID();
  const written = await store.write(async (tx) => {
    await tx.insertInto('invitations').values({ id, access_digest: 'x'.repeat(200), not_after_ms: 0, used: 0 }).execute();
    await log.append(tx, 'invitation-made', { id });
    return success(undefined);
  });
  // Written in one call, so that a line is whole or absent.
  if (written.ok) process.stdout.write(`${id}\n`);
}

for (;;) await Promise.all(Array.from({ length: 7 }, writeOne));
