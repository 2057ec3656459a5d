/**
 * The value of a variable by its reference, as a plain function: `variable.get` gives it to a technician, procedures use it.
 */
import { limits } from '../../../protocol/limits.ts';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import type { PrimitiveContext } from '../../../protocol/primitive.ts';
import type { VariableReference, VariableSource } from '../../../protocol/variable.ts';
import { commandOutput } from './command.ts';
import { directoryPath } from './directory.ts';
import { fileText } from './file.ts';
import { registryValue } from './registry.ts';

export type VariableContext = Pick<PrimitiveContext, 'signal' | 'directiveId'>;

const sources: Readonly<Record<VariableSource, (reference: VariableReference, context: VariableContext) => Promise<Outcome<string>>>> = {
  file: ({ of }) => fileText(of),
  directory: async ({ of }) => directoryPath(of),
  environment: async ({ of }) => {
    const value = process.env[of];
    return value === undefined ? failure('not-found', `there is no environment variable ${of}`) : success(value);
  },
  registry: ({ of, valueName }, context) => registryValue(of, valueName, context),
  command: ({ of }, context) => commandOutput(of, context),
};

/** At most `limits.maxVariableBytes` of text. Fails with `not-found` where there is none and no other value was given. */
export async function resolveVariable(reference: VariableReference, context: VariableContext): Promise<Outcome<string>> {
  const found = await sources[reference.from](reference, context);
  if (!found.ok) return found.code === 'not-found' && reference.otherwise !== undefined ? success(reference.otherwise) : found;
  const trims = (reference.from === 'file' || reference.from === 'command') && reference.keepEnd !== true;
  const value = trims ? found.value.replace(/[\r\n]+$/, '') : found.value;
  const bytes = Buffer.byteLength(value);
  return bytes <= limits.maxVariableBytes ? success(value) : failure('not-supported', `the value has ${bytes} bytes; a variable holds ${limits.maxVariableBytes}`);
}
