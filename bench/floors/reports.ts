/**
 * The floor of a fan-out: so many reports signed, verified and inserted, one after the other in one process, with a commit
 * for every batch, and nothing else.
 */
import { generateKeyPairSync, sign, verify } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** As the intermediary's write queue commits. */
const batch = 256;
/** A report with its directive's digest and a short result has about this many bytes. */
const reportBytes = 450;

/** Milliseconds. */
export function reportsFloor(folder: string, count: number): number {
  const database = new DatabaseSync(join(folder, 'reports.db'));
  database.exec('pragma journal_mode = wal; pragma synchronous = full; create table reports (number integer primary key, report blob not null) strict');
  const insert = database.prepare('insert into reports values (?, ?)');
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const report = Buffer.alloc(reportBytes, 'r');
  const started = performance.now();
  for (let number = 0; number < count; number += 1) {
    if (number % batch === 0) database.exec('begin');
    report.writeUInt32BE(number);
    const signature = sign(null, report, privateKey);
    if (!verify(null, report, publicKey, signature)) throw new Error('its own signature does not hold');
    insert.run(number, Buffer.concat([report, signature]));
    if (number % batch === batch - 1 || number === count - 1) database.exec('commit');
  }
  const tookMs = performance.now() - started;
  database.close();
  return tookMs;
}
