/**
 * Where the enrolment string comes from. What stands on a command line, every user of the machine can read in the list of
 * processes; a file or the environment only this one.
 */
import { readFileSync } from 'node:fs';
import { limits } from '../protocol/limits.ts';
import { failure, success } from '../protocol/outcome.ts';
import type { Outcome } from '../protocol/outcome.ts';

export const enrolmentVariable = 'BEHEST_ENROL';

type Given = { readonly enrol?: string; /** `-` is standard input. */ readonly enrolFile?: string };

/** The string, if one was given; taken out of `environment`, so that no program started later inherits it. Fails with `usage`. */
export function enrolmentString({ enrol, enrolFile }: Given, environment: NodeJS.ProcessEnv): Outcome<string | undefined> {
  const inherited = environment[enrolmentVariable];
  delete environment[enrolmentVariable];
  if (enrol !== undefined && enrolFile !== undefined) return failure('usage', 'give --enrol or --enrol-file, not both');
  if (enrolFile !== undefined) return readString(enrolFile);
  return success(enrol ?? (inherited === '' ? undefined : inherited));
}

function readString(path: string): Outcome<string> {
  try {
    const text = readFileSync(path === '-' ? 0 : path, 'utf8');
    return text.length > limits.maxEnrolmentBytes ? failure('enrolment-malformed', `${path} is too long`) : success(text);
  } catch (error) {
    return failure('usage', `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}
