/**
 * The policy: people, their keys, what they may do and where. Complete each time, version strictly rising,
 * signed by the owners. Who is absent from the next version has lost every right.
 */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { risks } from '../primitive.ts';
import { AgentId, PublicKey, Seconds } from './root.ts';

export const policyType = 'application/vnd.behest.policy.v1+json';

/**
 * How a key is kept. `web`: made by a page, so whoever serves the page can use it. `cli`: on the person's own machine.
 * `webauthn`: in a security key, one touch per signature.
 */
export const keyKinds = ['web', 'cli', 'webauthn'] as const;
export type KeyKind = (typeof keyKinds)[number];

const Name = Type.String({ minLength: 1, maxLength: 80 });
const RiskName = Type.Enum(risks);
/** `shell.execute`, `shell.*` or `*`. */
const PrimitivePattern = Type.String({ pattern: '^(\\*|[a-z][a-z0-9-]*\\.(\\*|[a-z][a-z0-9-]*))$', maxLength: 64 });

export const PolicyKey = Type.Object(
  { ...PublicKey.properties, kind: Type.Enum(keyKinds), notAfter: Seconds },
  { additionalProperties: false },
);
export type PolicyKey = Static<typeof PolicyKey>;

/** `machine` (its own addresses), `private` (RFC 1918, unique local), `*`, or an address range such as 192.168.7.0/24. */
const Network = Type.String({ pattern: '^(machine|private|\\*|[0-9]{1,3}(\\.[0-9]{1,3}){3}/[0-9]{1,2}|[0-9a-f:]{2,39}/[0-9]{1,3})$', maxLength: 43 });
const Port = Type.Integer({ minimum: 1, maximum: 65_535 });

/** Where a tunnel may lead: held against the address that the connection is made to, not against its name. */
export const TunnelRule = Type.Object({ to: Network, firstPort: Port, lastPort: Port }, { additionalProperties: false });
export type TunnelRule = Static<typeof TunnelRule>;

export const Role = Type.Object(
  {
    name: Name,
    /** Where: sites by name, agents by id; `*` is everywhere. */
    sites: Type.Array(Type.String({ minLength: 1, maxLength: 80 }), { maxItems: 1000 }),
    agents: Type.Array(AgentId, { maxItems: 10_000 }),
    /** What. Deny wins over allow. */
    allow: Type.Array(PrimitivePattern, { maxItems: 1000 }),
    deny: Type.Array(PrimitivePattern, { maxItems: 1000 }),
    highestRisk: RiskName,
    /** Machines under one signature. */
    maxTargets: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
    /** May invite people, make enrolment strings and read the whole audit log. */
    administers: Type.Boolean(),
    /** What tunnels may reach from those machines; left out, nothing. */
    tunnels: Type.Optional(Type.Array(TunnelRule, { maxItems: 100 })),
  },
  { additionalProperties: false },
);
export type Role = Static<typeof Role>;

export const Person = Type.Object(
  { id: Type.String({ pattern: '^[0-9a-f]{32}$' }), name: Name, keys: Type.Array(PolicyKey, { maxItems: 32 }), roles: Type.Array(Name, { maxItems: 64 }) },
  { additionalProperties: false },
);
export type Person = Static<typeof Person>;

export const Policy = Type.Object(
  {
    version: Type.Integer({ minimum: 1 }),
    issuedAt: Seconds,
    people: Type.Array(Person, { maxItems: 1000 }),
    roles: Type.Array(Role, { maxItems: 200 }),
    /** The highest risk a key of each kind may sign. */
    keyKinds: Type.Object({ web: RiskName, cli: RiskName, webauthn: RiskName }, { additionalProperties: false }),
    /** From this risk on, so many different people must sign the same bytes, one of them not with a `web` key. */
    approvals: Type.Array(
      Type.Object({ risk: RiskName, people: Type.Integer({ minimum: 2, maximum: 16 }) }, { additionalProperties: false }),
      { maxItems: 5 },
    ),
  },
  { additionalProperties: false },
);
export type Policy = Static<typeof Policy>;
