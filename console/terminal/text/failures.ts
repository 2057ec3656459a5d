/**
 * A failure as the person reads it: what happened with its code, and below it what to do.
 */
import { errorCatalogue } from '../../../protocol/errors.ts';
import type { Failure } from '../../../protocol/outcome.ts';
import type { Paint } from './colours.ts';
import { plain } from './plain.ts';

/** `error[code]: …` and, indented, the advice of the catalogue. Ends with a line break. */
export function writeFailure({ code, detail }: Failure, paint: Paint): string {
  const { meaning, advice } = errorCatalogue[code];
  const what = detail === '' ? meaning : detail.split('\n').map(plain).join('\n    ');
  return `${paint('bad', `error[${code}]`)}: ${what}\n    ${advice}\n`;
}
