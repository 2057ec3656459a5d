/**
 * `behest audit-log verify`: is the log whole, from its first entry to its last?
 */
import { Command } from 'commander';
import { success } from '../../../protocol/outcome.ts';
import { verifyAuditLog } from '../../client/audit-log.ts';
import type { SignedInProfile } from '../connection.ts';
import { conclude, exitCodes, withSignIn } from '../toolkit.ts';
import type { CommandEnd, Toolkit } from '../toolkit.ts';

export function auditLogCommand(toolkit: Toolkit): Command {
  const verify = new Command('verify')
    .description('fetch the whole audit log and compute its chain of hashes anew')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', '\nExit code: 0 if every entry follows the one before, 1 with error[log-altered] and the entry if not.\nKeep the last hash: a log that was cut off at its end shows only to whoever remembers it.')
    .action((options: { json?: boolean }, command: Command) =>
      conclude(toolkit, withSignIn(toolkit, command, (profile) => check(toolkit, profile, options))));
  return new Command('audit-log').description('check the record of what happened').addCommand(verify);
}

async function check({ io }: Toolkit, { api }: SignedInProfile, options: { json?: boolean }): Promise<CommandEnd> {
  const head = await verifyAuditLog(api);
  if (!head.ok) return head;
  if (options.json === true) io.json({ whole: true, entries: head.value.seq, lastHash: head.value.hash });
  else io.line(`whole: ${head.value.seq} entries, last hash ${head.value.hash}`);
  return success(exitCodes.done);
}
