/**
 * What the running agent tells of itself to `behest-agent status`: a file, since the agent never listens. Replaced whole
 * at each change of its contact, never at each directive.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { formOf } from '../protocol/form.ts';
import type { Clock } from '../protocol/clock.ts';
import { ContactSettings } from '../protocol/contact-settings.ts';
import { FailedWay } from '../protocol/messages/agent.ts';
import type { ContactState } from './contact/contact-state.ts';

export const Status = Type.Object({
  processId: Type.Integer(),
  version: Type.String(),
  agentId: Type.String(),
  site: Type.String(),
  rootVersion: Type.Integer(),
  policyVersion: Type.Integer(),
  /** The settings it keeps to. */
  contact: ContactSettings,
  /** connecting, connected, polling, waiting, stopped; whether the process still runs, the reader finds out. */
  state: Type.String(),
  sinceMs: Type.Number(),
  address: Type.Optional(Type.String()),
  transport: Type.Optional(Type.String()),
  path: Type.Optional(Type.String()),
  foundBy: Type.Optional(Type.String()),
  code: Type.Optional(Type.String()),
  detail: Type.Optional(Type.String()),
  nextAttemptAtMs: Type.Optional(Type.Number()),
  /** Ways that were tried in vain and why, newest first. */
  failedAttempts: Type.Array(FailedWay),
  /** What became of the wake-ups since it started; absent when there was none. */
  wakeUps: Type.Optional(Type.Object({ received: Type.Integer(), missed: Type.Integer(), refused: Type.Integer() })),
});
export type Status = Static<typeof Status>;

const form = formOf(Status);

export type StatusFacts = Pick<Status, 'agentId' | 'site' | 'rootVersion' | 'policyVersion' | 'version' | 'contact' | 'failedAttempts' | 'wakeUps'>;

export class StatusFile {
  readonly #path: string;
  readonly #clock: Clock;
  readonly #facts: () => StatusFacts;
  #state: ContactState = { state: 'connecting' };
  #sinceMs = 0;

  constructor(folder: string, clock: Clock, facts: () => StatusFacts) {
    this.#path = pathIn(folder);
    this.#clock = clock;
    this.#facts = facts;
  }

  changed(state: ContactState): void {
    this.#state = state;
    this.#sinceMs = this.#clock.now();
    this.rewrite();
  }

  present(): Status {
    return { processId: process.pid, ...this.#facts(), ...this.#state, sinceMs: this.#sinceMs };
  }

  /** Writes what is so now; a full disk costs only the telling. */
  rewrite(): void {
    try {
      writeFileSync(`${this.#path}.new`, `${JSON.stringify(this.present(), undefined, 2)}\n`, { mode: 0o600 });
      renameSync(`${this.#path}.new`, this.#path);
    } catch {
      rmSync(`${this.#path}.new`, { force: true });
    }
  }
}

/** The last state an agent wrote in this folder; undefined when there is none that can be read. */
export function readStatus(folder: string): Status | undefined {
  try {
    const status: unknown = JSON.parse(readFileSync(pathIn(folder), 'utf8'));
    return form.check(status) ? status : undefined;
  } catch {
    return undefined;
  }
}

function pathIn(folder: string): string {
  return join(folder, 'status.json');
}
