/**
 * `behest policy show`: who may do what, as the owners signed it.
 */
import { Command } from 'commander';
import { success } from '../../../protocol/outcome.ts';
import type { Policy, TunnelRule } from '../../../protocol/statements/policy.ts';
import { policyInForce } from '../../client/policies.ts';
import type { PolicyInForce } from '../../client/policies.ts';
import type { SignedInProfile } from '../connection.ts';
import type { Io } from '../io.ts';
import { writeMoment } from '../text/durations.ts';
import { table } from '../text/table.ts';
import { conclude, exitCodes, withSignIn } from '../toolkit.ts';
import type { CommandEnd, Toolkit } from '../toolkit.ts';

export function policyCommand(toolkit: Toolkit): Command {
  const show = new Command('show')
    .description('print the policy in force; its signature by the owners is checked')
    .option('--json', 'print root and policy as JSON')
    .action((options: { json?: boolean }, command: Command) =>
      conclude(toolkit, withSignIn(toolkit, command, (profile) => print(toolkit, profile, options))));
  return new Command('policy').description('see who may do what').addCommand(show);
}

async function print({ io }: Toolkit, { api }: SignedInProfile, options: { json?: boolean }): Promise<CommandEnd> {
  const found = await policyInForce(api);
  if (!found.ok) return found;
  if (options.json === true) io.json({ root: found.value.root, policy: found.value.policy });
  else writePolicy(io, found.value);
  return success(exitCodes.done);
}

function writePolicy(io: Io, { root, policy }: PolicyInForce): void {
  io.line(`policy ${policy.version} of ${writeMoment(policy.issuedAt * 1000)}, signed by ${root.threshold} of ${root.owners.length} owners (root ${root.version})`);
  io.line(`owners: ${root.owners.map(({ id }) => id).join(', ')}`);
  io.line(`highest risk by kind of key: web ${policy.keyKinds.web} · cli ${policy.keyKinds.cli} · webauthn ${policy.keyKinds.webauthn}`);
  for (const { risk, people } of policy.approvals) io.line(`from ${risk} on: ${people} people must sign`);
  io.line('');
  for (const line of table(roleColumns, policy.roles, io.width)) io.line(line);
  io.line('');
  for (const line of table(keyColumns, keysOf(policy), io.width)) io.line(line);
}

type RoleLine = Policy['roles'][number];

const roleColumns = [
  { title: 'ROLE', value: ({ name }: RoleLine) => name },
  { title: 'WHERE', value: ({ sites, agents }: RoleLine) => [...sites, ...agents].map((each) => (each === '*' ? 'everywhere' : each)).join(', ') },
  { title: 'MAY', value: ({ allow, deny }: RoleLine) => [...allow, ...deny.map((each) => `not ${each}`)].join(', ') },
  { title: 'UP TO', value: ({ highestRisk }: RoleLine) => highestRisk },
  { title: 'MACHINES AT ONCE', value: ({ maxTargets }: RoleLine) => String(maxTargets) },
  { title: 'TUNNELS TO', value: ({ tunnels = [] }: RoleLine) => tunnels.map(tunnelText).join(', ') || 'nothing' },
  { title: 'ADMINISTERS', value: ({ administers }: RoleLine) => (administers ? 'yes' : 'no') },
];

function tunnelText({ to, firstPort, lastPort }: TunnelRule): string {
  const where = to === '*' ? 'everywhere' : to;
  if (firstPort === 1 && lastPort === 65_535) return where;
  return `${where} port ${firstPort === lastPort ? firstPort : `${firstPort}-${lastPort}`}`;
}

type KeyLine = { readonly person: string; readonly roles: string; readonly kind: string; readonly id: string; readonly until: string };

function keysOf(policy: Policy): KeyLine[] {
  return policy.people.flatMap(({ name, roles, keys }) =>
    keys.map(({ id, kind, notAfter }) => ({ person: name, roles: roles.join(', '), kind, id, until: writeMoment(notAfter * 1000) })),
  );
}

const keyColumns = [
  { title: 'PERSON', value: ({ person }: KeyLine) => person },
  { title: 'ROLES', value: ({ roles }: KeyLine) => roles },
  { title: 'KEY', value: ({ kind }: KeyLine) => kind },
  { title: 'KEY ID', value: ({ id }: KeyLine) => id },
  { title: 'UNTIL', value: ({ until }: KeyLine) => until },
];
