/**
 * The options of `behest contact` as scope and settings.
 */
import { Compile } from 'typebox/schema';
import { ContactOverrides } from '../../protocol/contact-settings.ts';
import type { ContactScope } from '../../protocol/contact-settings.ts';
import { failure, success } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import { machineNamed } from './connection.ts';
import type { Connection } from './connection.ts';
import { parseDuration } from './text/durations.ts';

export type ScopeOptions = { readonly agent?: string | undefined; readonly site?: string; readonly everywhere?: boolean };
export type SettingOptions = {
  readonly mode?: string;
  readonly interval?: string;
  readonly retries?: string;
  readonly spacing?: string;
  readonly order?: string;
  readonly upgrade?: string;
  readonly metered?: string;
  readonly clear?: boolean;
};

const form = Compile(ContactOverrides);

/** The one scope that was named. */
export function scopeFrom(connection: Connection, { agent, site, everywhere }: ScopeOptions): Outcome<ContactScope> {
  const named = [agent, site, everywhere].filter((each) => each !== undefined).length;
  if (named !== 1) return failure('usage', 'name one: a machine, --site NAME or --everywhere');
  if (agent === undefined) return success(site === undefined ? { everywhere: true } : { site });
  const machine = machineNamed(connection, agent);
  return machine.ok ? success({ agent: machine.value.id }) : machine;
}

/** The settings that were named, held against the bounds that agents keep to. */
export function overridesFrom(options: SettingOptions): Outcome<ContactOverrides> {
  const durations = { interval: 'intervalSeconds', spacing: 'spacingSeconds', upgrade: 'upgradeSeconds' } as const;
  const named: Record<string, unknown> = {};
  for (const [option, field] of Object.entries(durations)) {
    const text = options[option as keyof typeof durations];
    if (text === undefined) continue;
    const duration = parseDuration(text);
    if (!duration.ok) return duration;
    named[field] = duration.value / 1000;
  }
  if (options.mode !== undefined) named['mode'] = options.mode;
  if (options.metered !== undefined) named['metered'] = options.metered;
  if (options.retries !== undefined) named['retries'] = options.retries.trim() === '' ? Number.NaN : Number(options.retries);
  if (options.order !== undefined) named['order'] = options.order.split(',').map((name) => name.trim());
  if (Object.keys(named).length === 0 && options.clear !== true) return failure('usage', 'name a setting to set, or --clear');
  return form.Check(named) ? success(named) : failure('usage', whatIsWrong(named));
}

function whatIsWrong(named: object): string {
  const [, [first]] = form.Errors(named);
  const field = first?.instancePath.split('/')[1] ?? '';
  const option = field.replace('Seconds', '');
  return `--${option} ${first?.message ?? 'does not fit'}${field.endsWith('Seconds') ? ', in seconds' : ''}`;
}
