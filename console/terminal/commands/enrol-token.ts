/**
 * `behest enrol-token`: a string with which a new machine joins.
 */
import { Command } from 'commander';
import { limits } from '../../../protocol/limits.ts';
import { failure, success } from '../../../protocol/outcome.ts';
import { enrolmentTerms, makeEnrolment } from '../../client/enrolments.ts';
import type { SignedInProfile } from '../connection.ts';
import { parseDuration, writeDuration, writeMoment } from '../text/durations.ts';
import { conclude, exitCodes, withSignIn } from '../toolkit.ts';
import type { CommandEnd, Toolkit } from '../toolkit.ts';

type EnrolOptions = { site: string; uses: string; expires?: string; json?: boolean };

export function enrolTokenCommand(toolkit: Toolkit): Command {
  return new Command('enrol-token')
    .description('make an enrolment string for a new machine')
    .option('--site <name>', 'site the machine belongs to', 'default')
    .option('--uses <count>', 'how many machines may use it', '1')
    .option('--expires <duration>', `how long it may be used (default ${writeDuration(limits.defaultEnrolmentMs)})`)
    .option('--json', 'print it as JSON')
    .addHelpText('after', '\nOn the new machine: behest-agent run --enrol-file FILE --data DIR\n(- is standard input; BEHEST_ENROL does too; --enrol STRING shows in the list of processes.)\nWhoever holds the string can add a machine, and do nothing else with it.')
    .action((options: EnrolOptions, command: Command) =>
      conclude(toolkit, withSignIn(toolkit, command, (profile) => enrol(toolkit, profile, options))));
}

async function enrol(toolkit: Toolkit, { api }: SignedInProfile, options: EnrolOptions): Promise<CommandEnd> {
  const lifeMs = options.expires === undefined ? success(limits.defaultEnrolmentMs) : parseDuration(options.expires);
  if (!lifeMs.ok) return lifeMs;
  const uses = Number(options.uses);
  if (!Number.isInteger(uses) || uses < 1 || uses > limits.maxEnrolmentUses) return failure('usage', `--uses must be from 1 to ${limits.maxEnrolmentUses}`);
  const terms = await enrolmentTerms(api);
  if (!terms.ok) return terms;
  const made = await makeEnrolment(api, terms.value, { site: options.site, uses, lifeMs: lifeMs.value }, toolkit);
  if (!made.ok) return made;
  const notAfterMs = toolkit.clock.now() + lifeMs.value;
  if (options.json === true) toolkit.io.json({ enrolment: made.value, site: options.site, uses, notAfterMs });
  else toolkit.io.line(made.value);
  toolkit.io.note(`for ${uses === 1 ? 'one machine' : `${uses} machines`} at site ${options.site}, until ${writeMoment(notAfterMs)}`);
  return success(exitCodes.done);
}
