/**
 * What the service family wants of a system. One implementation each; the primitives know no system.
 */
import { existsSync } from 'node:fs';
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import type { PrimitiveContext } from '../../../protocol/primitive.ts';
import { initScripts } from './init-scripts.ts';
import { systemd } from './systemd.ts';
import { windowsServices } from './windows.ts';

export const serviceStates = ['running', 'done', 'starting', 'stopping', 'stopped', 'paused', 'failed', 'unknown'] as const;
export type ServiceState = (typeof serviceStates)[number];

export const startKinds = ['automatic', 'manual', 'never', 'by others', 'unknown'] as const;
export type StartKind = (typeof startKinds)[number];

const row = {
  name: Type.String({ title: 'Name', description: 'Name by which the system knows the service.' }),
  state: Type.Enum(serviceStates, { title: 'State', description: 'done: it has done its work, counts as started, and nothing runs. failed: it ended in an error.' }),
  start: Type.Enum(startKinds, { title: 'Start', description: 'automatic: when the machine starts; manual: when somebody starts it; never: it is barred; by others: when another service wants it.' }),
  description: Type.String({ title: 'Description', description: 'What it says of itself.' }),
};

export const ServiceRow = Type.Object(row, { additionalProperties: false });
export type ServiceRow = Static<typeof ServiceRow>;

/** What is not known, or makes no sense for the service, is absent. */
export const ServiceProperties = Type.Object(
  {
    ...row,
    detail: Type.Optional(Type.String({ title: 'In the system’s words', description: 'The state as the system calls it.' })),
    pid: Type.Optional(Type.Integer({ title: 'Process', description: 'Number of its main process.' })),
    sinceAtMs: Type.Optional(Type.Integer({ title: 'Since', description: 'When it came into its state, milliseconds since 1970.' })),
    exitCode: Type.Optional(Type.Integer({ title: 'Exit code', description: 'With which its main process ended last.' })),
    restarts: Type.Optional(Type.Integer({ title: 'Restarts', description: 'How often the system has started it again by itself.' })),
    memoryBytes: Type.Optional(Type.Integer({ title: 'Memory', description: 'Bytes of memory of all its processes.' })),
    user: Type.Optional(Type.String({ title: 'User', description: 'Account that it runs under.' })),
    commandLine: Type.Optional(Type.String({ title: 'Command line', description: 'What it starts.' })),
    file: Type.Optional(Type.String({ title: 'File', description: 'Where it is defined.' })),
    needs: Type.Array(Type.String(), { title: 'Needs', description: 'Services and other units that must run for it.' }),
    neededBy: Type.Array(Type.String(), { title: 'Needed by', description: 'Services and other units that end with it.' }),
  },
  { additionalProperties: false },
);
export type ServiceProperties = Static<typeof ServiceProperties>;

export const serviceActs = ['start', 'stop', 'restart', 'enable', 'disable'] as const;
export type ServiceAct = (typeof serviceActs)[number];

export type ServiceContext = Pick<PrimitiveContext, 'signal' | 'directiveId'>;

export type ServiceManager = {
  list(context: ServiceContext): Promise<Outcome<readonly ServiceRow[]>>;
  /** Fails with `not-found`. */
  properties(name: string, context: ServiceContext): Promise<Outcome<ServiceProperties>>;
  /** Does it and waits until it is done. Fails with `not-found`, `not-permitted`, or with `tool-failed` and what the system said. */
  act(name: string, act: ServiceAct, context: ServiceContext): Promise<Outcome<void>>;
};

/** That of this system, as it runs now. */
export function serviceManager(): Outcome<ServiceManager> {
  if (process.platform === 'linux') {
    // sd_booted(3)
    if (existsSync('/run/systemd/system')) return success(systemd);
    if (existsSync('/run/openrc') && existsSync('/sbin/rc-service')) return success(initScripts('openrc'));
    if (existsSync('/etc/init.d') && existsSync('/usr/sbin/service')) return success(initScripts('sysvinit'));
  }
  if (process.platform === 'win32') return success(windowsServices);
  return failure('not-supported', 'the first process of this machine is neither systemd, OpenRC nor an init with scripts in /etc/init.d');
}
