/**
 * When and how an agent calls (requirements K2, K8, L4): what a person may set for one machine, for a site, or for all of
 * them. The nearest setting wins, field by field: machine, then site, then everywhere, then the defaults here.
 */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { transportIds } from './transport.ts';
import type { TransportName } from './transport.ts';

const transportNames = Object.keys(transportIds) as TransportName[];

/** Seconds and not milliseconds: people read and write these. */
export const ContactSettings = Type.Object(
  {
    /** `connected`: one long session. `polling`: a session every `intervalSeconds`, closed when nothing is left to do. */
    mode: Type.Enum(['connected', 'polling']),
    /** From one contact to the next in polling mode. */
    intervalSeconds: Type.Integer({ minimum: 5, maximum: 86_400 }),
    /** Attempts after a failed one, `spacingSeconds` apart, before the full-jitter back-off begins. */
    retries: Type.Integer({ minimum: 0, maximum: 20 }),
    spacingSeconds: Type.Integer({ minimum: 1, maximum: 3600 }),
    /** Transports to try, best first; one that is not named is not used. */
    order: Type.Array(Type.Enum(transportNames), { minItems: 1, maxItems: 16, uniqueItems: true }),
    /** How often a better way than the present one is looked for, less or more by a quarter at random. */
    upgradeSeconds: Type.Integer({ minimum: 10, maximum: 86_400 }),
    /** On a metered or roaming network: `wait` lets all but urgent wake-ups wait for another one; `connect` makes no difference. */
    metered: Type.Enum(['wait', 'connect']),
  },
  { additionalProperties: false },
);
export type ContactSettings = Static<typeof ContactSettings>;

/** What one scope sets: any of the fields. */
export const ContactOverrides = Type.Partial(ContactSettings, { additionalProperties: false });
export type ContactOverrides = Static<typeof ContactOverrides>;

export const defaultContactSettings: ContactSettings = Object.freeze({
  mode: 'connected',
  intervalSeconds: 30,
  retries: 3,
  spacingSeconds: 2,
  order: transportNames,
  upgradeSeconds: 900,
  metered: 'wait',
});

/** For whom something is set: all machines, those of one site, or one. */
export const ContactScope = Type.Union([
  Type.Object({ everywhere: Type.Literal(true) }, { additionalProperties: false }),
  Type.Object({ site: Type.String({ minLength: 1, maxLength: 80 }) }, { additionalProperties: false }),
  Type.Object({ agent: Type.String({ pattern: '^[0-9a-f]{32}$' }) }, { additionalProperties: false }),
]);
export type ContactScope = Static<typeof ContactScope>;

/** From the farthest to the nearest: of two that set the same field, the later one counts. */
export const contactReaches = ['everywhere', 'site', 'agent'] as const;
export type ContactReach = (typeof contactReaches)[number];

export function reachOf(scope: ContactScope): ContactReach {
  if ('everywhere' in scope) return 'everywhere';
  return 'site' in scope ? 'site' : 'agent';
}

/** Whether what is set for `scope` is meant for this machine. */
export function covers(scope: ContactScope, machine: { readonly agentId: string; readonly site: string }): boolean {
  if ('everywhere' in scope) return true;
  return 'site' in scope ? scope.site === machine.site : scope.agent === machine.agentId;
}

const Version = Type.Integer({ minimum: 0 });
/** Versions of the settings that a machine holds, one for each reach; 0 is none. */
export const ContactVersions = Type.Object({ everywhere: Version, site: Version, agent: Version }, { additionalProperties: false });
export type ContactVersions = Static<typeof ContactVersions>;

/** What a machine has said of its settings: which it holds, and how often it calls if it polls. */
export const ContactHeld = Type.Object({ ...ContactVersions.properties, pollSeconds: Type.Optional(ContactSettings.properties.intervalSeconds) }, { additionalProperties: false });
export type ContactHeld = Static<typeof ContactHeld>;

export const noContactVersions: ContactVersions = Object.freeze({ everywhere: 0, site: 0, agent: 0 });

/** The settings in force: `overrides` from the farthest scope to the nearest. */
export function settleContact(overrides: readonly ContactOverrides[]): ContactSettings {
  return Object.assign({}, defaultContactSettings, ...overrides);
}
