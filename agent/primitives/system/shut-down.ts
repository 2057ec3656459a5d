/**
 * Restarting and shutting down, now or later, and calling it off.
 */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import type { AgentPrimitive } from '../agent-primitive.ts';
import { defineAgentPrimitive } from '../agent-primitive.ts';
import { comingMoment } from '../moments.ts';
import { text } from '../parameters.ts';
import { Plan, power } from './power.ts';
import type { PowerContext, ShutdownKind } from './power.ts';

/** “Now” leaves time for the report to leave the machine, and for somebody to call it off. */
const nowMs = 5000;
const aWeek = 7 * 24 * 60;

const params = Type.Object(
  {
    inMinutes: Type.Optional(Type.Integer({ title: 'In', description: 'Minutes from now. 0: now, that is in a few seconds.', unit: 'min', default: 1, minimum: 0, maximum: aWeek })),
    at: Type.Optional(Type.String({ title: 'At', description: 'A time instead, such as 22:30 or 2026-11-25 22:30, in the time zone of the machine.', pattern: '^[0-9T :.Z+-]+$', maxLength: 40 })),
    notice: Type.Optional(text('Notice', 'What the users of the machine are told on their terminals.', 1000)),
  },
  { additionalProperties: false },
);

const planCalled = (title: string, description: string) => Type.Object(Plan.properties, { title, description, additionalProperties: false });

const Planned = Type.Object(
  { planned: planCalled('Planned', 'What will happen.'), replaced: Type.Optional(planCalled('Instead of', 'What was planned before.')) },
  { additionalProperties: false },
);

async function plan(what: ShutdownKind, { inMinutes = 1, at, notice = '' }: Static<typeof params>, context: PowerContext): Promise<Outcome<Static<typeof Planned>>> {
  const now = Date.now();
  const atMs = at === undefined ? now + Math.max(nowMs, inMinutes * 60_000) : comingMoment(at, now);
  if (atMs === undefined || atMs < now || atMs > now + aWeek * 60_000) return failure('params-invalid', `${at} is not a time within the next week, such as 22:30`);
  const found = power();
  if (!found.ok) return found;
  const replaced = found.value.planned();
  const planned = await found.value.plan({ what, atMs, notice }, context);
  return planned.ok ? success({ planned: planned.value, ...(replaced === undefined ? {} : { replaced }) }) : planned;
}

function primitive(name: string, what: ShutdownKind, about: { title: string; description: string }): AgentPrimitive {
  return defineAgentPrimitive({ name, ...about, risk: 'disrupt', streams: 'none', platforms: ['linux', 'win32'], params, result: Planned, run: (given, context) => plan(what, given, context) });
}

export const reboot = primitive('system.reboot', 'reboot', { title: 'Restart the machine', description: 'Restarts the machine, now or later. Its users are told, and it can be called off until then; a plan made before is replaced.' });
export const shutDown = primitive('system.shut-down', 'shut down', { title: 'Shut the machine down', description: 'Switches the machine off, now or later. Its users are told, and it can be called off until then; a plan made before is replaced.' });

export const cancelShutdown = defineAgentPrimitive({
  name: 'system.cancel-shutdown',
  title: 'Call off a restart or shutdown',
  description: 'Calls off the restart or shutdown that is planned, whoever planned it.',
  risk: 'change',
  streams: 'none',
  platforms: ['linux', 'win32'],
  params: Type.Object({ notice: Type.Optional(text('Notice', 'What the users of the machine are told on their terminals.', 1000)) }, { additionalProperties: false }),
  result: Type.Object({ cancelled: Type.Optional(planCalled('Called off', 'What was planned, where the system tells.')) }, { additionalProperties: false }),
  async run({ notice = '' }, context) {
    const found = power();
    if (!found.ok) return found;
    const planned = found.value.planned();
    const cancelled = await found.value.cancel(notice, context);
    return cancelled.ok ? success(planned === undefined ? {} : { cancelled: planned }) : cancelled;
  },
});
