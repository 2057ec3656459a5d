/**
 * Services of systemd, by systemctl. `show` gives properties in a form for programs, the same in every version.
 */
import { failure, success } from '../../../protocol/outcome.ts';
import type { Failure, Outcome } from '../../../protocol/outcome.ts';
import { askTool, askToolToSucceed } from '../tool.ts';
import type { ToolAnswer } from '../tool.ts';
import type { ServiceAct, ServiceContext, ServiceManager, ServiceProperties, ServiceRow, ServiceState, StartKind } from './service-manager.ts';

const rowProperties = ['Id', 'Description', 'LoadState', 'ActiveState', 'SubState', 'UnitFileState'];
const allProperties = [...rowProperties, 'MainPID', 'StateChangeTimestamp', 'ExecStart', 'ExecMainStatus', 'ExecMainCode', 'NRestarts', 'MemoryCurrent', 'User', 'FragmentPath', 'Requires', 'RequiredBy'];

export const systemd: ServiceManager = {
  async list(context) {
    const loaded = await show(['*.service'], rowProperties, context);
    if (!loaded.ok) return loaded;
    const files = await askToolToSucceed('systemctl', ['list-unit-files', '--type=service', '--no-legend', '--no-pager'], context);
    if (!files.ok) return files;
    const rows = loaded.value.filter((unit) => unit['LoadState'] !== 'not-found').map(rowOf);
    const known = new Set(rows.map(({ name }) => name));
    return success([...rows, ...parseUnitFiles(files.value.stdout).filter(({ name }) => !known.has(name))].sort((left, right) => left.name.localeCompare(right.name)));
  },

  async properties(name, context) {
    const shown = await show([unitOf(name)], allProperties, context);
    if (!shown.ok) return shown;
    const unit = shown.value[0];
    return unit === undefined || unit['LoadState'] === 'not-found' ? failure('not-found', `there is no service ${name}`) : success(propertiesOf(unit));
  },

  async act(name, act, context) {
    // the run's own time limit holds
    const done = await askTool('systemctl', ['--no-ask-password', '--no-pager', act, '--', unitOf(name)], context, { timeoutMs: 24 * 3600 * 1000 });
    if (!done.ok) return done;
    return done.value.exitCode === 0 ? success(undefined) : refusal(name, act, done.value);
  },
};

/** A name without a kind is a service's. */
function unitOf(name: string): string {
  return /\.(service|socket|timer|target|path|mount)$/.test(name) ? name : `${name}.service`;
}

/** Exit codes of systemctl(1): 4 for a unit that is not known or may not be asked, 5 for one that is not there. Its words are asked for in English. */
function refusal(name: string, act: ServiceAct, { exitCode, stdout, stderr }: ToolAnswer): Failure {
  const said = stderr.trim() || stdout.trim();
  if (exitCode === 5 || /not found|does not exist/i.test(said)) return failure('not-found', `there is no service ${name}`);
  if (/Access denied|authentication|Permission denied/i.test(said)) return failure('not-permitted', said.slice(0, 500));
  return failure('tool-failed', `${act} ${name}: ${said.slice(0, 1000)}`);
}

async function show(units: readonly string[], properties: readonly string[], context: ServiceContext): Promise<Outcome<readonly Unit[]>> {
  const shown = await askToolToSucceed('systemctl', ['show', '--all', '--no-pager', `--property=${properties.join(',')}`, '--', ...units], context, { environment: { TZ: 'UTC' } });
  return shown.ok ? success(parseShow(shown.value.stdout)) : shown;
}

type Unit = Readonly<Record<string, string>>;

/** Blocks of `Name=value`, an empty line between two units. A value may go over lines: what is no property continues the one before. */
export function parseShow(said: string): Unit[] {
  return said.replace(/\n+$/, '').split(/\n\n+/).map((block) => {
    const unit: Record<string, string> = {};
    let last: string | undefined;
    for (const line of block.split('\n')) {
      const [, name, value = ''] = /^([A-Z][A-Za-z]*)=(.*)$/.exec(line) ?? [];
      if (name === undefined) {
        if (last !== undefined) unit[last] += `\n${line}`;
      } else {
        unit[name] ??= value;
        last = name;
      }
    }
    return unit;
  }).filter((unit) => unit['Id'] !== undefined);
}

/** Lines such as `ssh.service    enabled    enabled`; those of templates (`getty@.service`) and other names of a service are passed over. */
export function parseUnitFiles(said: string): ServiceRow[] {
  return [...said.matchAll(/^(\S+)\.service\s+(\S+)/gm)].flatMap(([, name = '', state = '']) =>
    name.endsWith('@') || state === 'alias' ? [] : [{ name, state: 'stopped' as const, start: startOf(state), description: '' }]);
}

function rowOf(unit: Unit): ServiceRow {
  return { name: nameOf(unit), state: stateOf(unit), start: startOf(unit['UnitFileState'] ?? ''), description: unit['Description'] ?? '' };
}

export function propertiesOf(unit: Unit): ServiceProperties {
  const hasEnded = Number(unit['ExecMainCode']) > 0;
  return {
    ...rowOf(unit),
    detail: `${unit['ActiveState']} (${unit['SubState']})`,
    ...present('pid', positive(unit['MainPID'])),
    ...present('sinceAtMs', momentOf(unit['StateChangeTimestamp'] ?? '')),
    ...present('exitCode', hasEnded ? Number(unit['ExecMainStatus']) : undefined),
    ...present('restarts', numberOf(unit['NRestarts'])),
    ...present('memoryBytes', numberOf(unit['MemoryCurrent'])),
    ...present('user', unit['User'] || undefined),
    ...present('commandLine', /argv\[\]=(.*?) ; ignore_errors=/s.exec(unit['ExecStart'] ?? '')?.[1]),
    ...present('file', unit['FragmentPath'] || undefined),
    needs: words(unit['Requires']),
    neededBy: words(unit['RequiredBy']),
  };
}

function nameOf(unit: Unit): string {
  return (unit['Id'] ?? '').replace(/\.service$/, '');
}

function stateOf({ ActiveState, SubState }: Unit): ServiceState {
  if (ActiveState === 'active' && SubState === 'exited') return 'done';
  return states[ActiveState ?? ''] ?? 'unknown';
}

const states: Readonly<Record<string, ServiceState>> = { active: 'running', reloading: 'running', inactive: 'stopped', failed: 'failed', activating: 'starting', deactivating: 'stopping', maintenance: 'stopping' };

function startOf(unitFileState: string): StartKind {
  return starts[unitFileState] ?? 'unknown';
}

const starts: Readonly<Record<string, StartKind>> = {
  'enabled': 'automatic', 'enabled-runtime': 'automatic', 'linked': 'manual', 'linked-runtime': 'manual', 'disabled': 'manual', 'masked': 'never', 'masked-runtime': 'never',
  'static': 'by others', 'indirect': 'by others', 'generated': 'by others', 'transient': 'by others', 'alias': 'by others',
};

/** `Wed 2026-11-25 06:12:30 UTC`, in UTC since it was asked so. */
function momentOf(timestamp: string): number | undefined {
  const [, day, time] = /(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) UTC/.exec(timestamp) ?? [];
  return day === undefined ? undefined : Date.parse(`${day}T${time}Z`);
}

/** `[not set]`, and 2^64 - 1 in older versions, stand for none. */
function numberOf(text: string | undefined): number | undefined {
  const number = /^\d+$/.test(text ?? '') ? Number(text) : undefined;
  return Number.isSafeInteger(number) ? number : undefined;
}

function positive(text: string | undefined): number | undefined {
  return numberOf(text) || undefined;
}

function words(text = ''): string[] {
  return text.split(' ').filter((word) => word !== '');
}

function present<Name extends string, Value>(name: Name, value: Value | undefined): { [key in Name]?: Value } {
  return value === undefined ? {} : { [name]: value } as { [key in Name]: Value };
}
