/**
 * A value of the Windows registry, by the system's own program.
 */
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import { askTool } from '../tool.ts';
import type { VariableContext } from './resolve.ts';

export async function registryValue(key: string, valueName: string | undefined, context: VariableContext): Promise<Outcome<string>> {
  if (process.platform !== 'win32') return failure('not-on-this-platform', 'only Windows has a registry');
  const said = await askTool('reg.exe', ['query', key, ...(valueName === undefined ? ['/ve'] : ['/v', valueName])], context);
  if (!said.ok) return said;
  const value = said.value.exitCode === 0 ? valueIn(said.value.stdout) : undefined;
  return value === undefined ? failure('not-found', `${key} has no value ${valueName ?? '(default)'}`) : success(value);
}

/** The data in a line such as `    ProxyEnable    REG_DWORD    0x1`; the name before it may hold spaces. */
export function valueIn(said: string): string | undefined {
  return /^ {4}\S.*? {4}REG_[A-Z_]+ {4}(.*?)\r?$/m.exec(said)?.[1];
}
