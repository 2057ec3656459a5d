/**
 * Who may set contact settings: the same question for agent, intermediary and consoles.
 */
import type { ContactScope } from '../contact-settings.ts';
import type { Outcome } from '../outcome.ts';
import type { Risk } from '../primitive.ts';
import { approved, permits } from './policy-rules.ts';
import type { KeyHolder, PermissionRequest } from './policy-rules.ts';
import type { Policy } from './policy.ts';

/** The right in roles (`agent.settings`, `agent.*`, `*`) and its risk. No agent runs it: it is not a primitive that can be asked for. */
const settingsRight = 'agent.settings';
const settingsRisk: Risk = 'change';

/**
 * Whether `signer` may set this scope: one machine like a directive to it, a site only who reaches all of it, everywhere
 * only who reaches every site. `machines`: how many that are, where it is known; an agent knows only of itself.
 * Fails with the codes of `permits`, or `approvals-missing` where the policy wants more than one person.
 */
export function maySet(policy: Policy, signer: KeyHolder, scope: ContactScope, { siteOfAgent, machines }: { readonly siteOfAgent: string; readonly machines: number }): Outcome<unknown> {
  const about = { keyId: signer.key.id, primitive: settingsRight, risk: settingsRisk, targetCount: Math.max(1, machines) };
  const permitted = permits(policy, { ...about, ...placeOf(scope, siteOfAgent) });
  return permitted.ok ? approved(policy, settingsRisk, [signer]) : permitted;
}

/** Sites and machines of their own have names; no role names a machine '', and only `*` is everywhere. */
function placeOf(scope: ContactScope, siteOfAgent: string): Pick<PermissionRequest, 'agentId' | 'site'> {
  if ('agent' in scope) return { agentId: scope.agent, site: siteOfAgent };
  return { agentId: '', site: 'site' in scope ? scope.site : '*' };
}
