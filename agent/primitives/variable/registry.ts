/**
 * A value of the Windows registry.
 */
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import { fullKey } from '../registry/key.ts';
import { readValue } from '../registry/values.ts';
import type { VariableContext } from './resolve.ts';

/** Its data as text, as `registry.get-value` shows it; without a name that of the default value. */
export async function registryValue(key: string, valueName: string | undefined, context: VariableContext): Promise<Outcome<string>> {
  if (process.platform !== 'win32') return failure('not-on-this-platform', 'only Windows has a registry');
  const full = fullKey(key);
  if (!full.ok) return full;
  const value = await readValue({ key: full.value, view: '64' }, valueName ?? '', context);
  return value.ok ? success(value.value.data) : value;
}
