/**
 * What restarting and shutting down want of a system. One implementation each; the primitives know no system.
 */
import { existsSync } from 'node:fs';
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import type { PrimitiveContext } from '../../../protocol/primitive.ts';
import { logind } from './logind.ts';
import { shutdownProgram } from './shutdown-program.ts';
import { windowsPower } from './windows.ts';

export const shutdownKinds = ['reboot', 'shut down'] as const;
export type ShutdownKind = (typeof shutdownKinds)[number];

export const Plan = Type.Object(
  {
    what: Type.Enum(shutdownKinds, { title: 'What', description: 'What will happen.' }),
    atMs: Type.Integer({ title: 'When', description: 'Milliseconds since 1970.' }),
    notice: Type.String({ title: 'Notice', description: 'What the users of the machine are told.' }),
  },
  { additionalProperties: false },
);
export type Plan = Static<typeof Plan>;

export type PowerContext = Pick<PrimitiveContext, 'signal' | 'directiveId'>;

export type Power = {
  /** What is planned, as far as the system tells. */
  planned(): Plan | undefined;
  /** Plans it in place of whatever was planned, tells the users, and says for when: some systems know whole minutes only. */
  plan(plan: Plan, context: PowerContext): Promise<Outcome<Plan>>;
  /** Fails with `not-found` where nothing was planned. */
  cancel(notice: string, context: PowerContext): Promise<Outcome<void>>;
};

/** That of this system, as it runs now. */
export function power(): Outcome<Power> {
  if (process.platform === 'win32') return success(windowsPower);
  if (process.platform !== 'linux') return failure('not-on-this-platform', process.platform);
  // sd_booted(3)
  return success(existsSync('/run/systemd/system') ? logind : shutdownProgram);
}
