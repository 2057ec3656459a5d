/**
 * The status in words, for whoever stands before the machine.
 */
import { defaultContactSettings } from '../protocol/contact-settings.ts';
import type { ContactSettings } from '../protocol/contact-settings.ts';
import type { ContactWay } from '../protocol/messages/agent.ts';
import type { Status } from './status-file.ts';

export function inWords(status: Status): string {
  const failed = status.failedAttempts.map((one) => `  ${moment(one.atMs)} ${wayWords(one)}: ${one.code}: ${one.detail}`);
  return [
    `agent     ${status.agentId} (site ${status.site})`,
    `state     ${status.state}${reachedWords(status)} since ${moment(status.sinceMs)}`,
    ...(status.code === undefined ? [] : [`reason    ${status.code}: ${status.detail}`]),
    ...(status.nextAttemptAtMs === undefined ? [] : [`next      ${moment(status.nextAttemptAtMs)}`]),
    ...settingsLine(status.contact),
    ...wakeUpsLine(status),
    `versions  agent ${status.version}, root ${status.rootVersion}, policy ${status.policyVersion}`,
    ...(failed.length === 0 ? [] : ['tried in vain, newest first', ...failed]),
  ].join('\n');
}

function reachedWords({ transport = '', path = '', address, foundBy }: Status): string {
  return address === undefined ? '' : `, reached by ${wayWords({ transport, path, address, ...(foundBy === undefined ? {} : { foundBy }) })}`;
}

function wayWords({ transport, path, address, foundBy }: ContactWay): string {
  if (path === 'directly') return `${transport} to ${address}`;
  return `${transport} through ${path}${foundBy === undefined ? '' : ` (found in ${foundBy})`} to ${address}`;
}

const settingWords: { readonly [field in keyof ContactSettings]: (settings: ContactSettings) => string } = {
  mode: ({ mode }) => `mode ${mode}`,
  intervalSeconds: ({ intervalSeconds }) => `interval ${intervalSeconds} s`,
  retries: ({ retries }) => `retries ${retries}`,
  spacingSeconds: ({ spacingSeconds }) => `spacing ${spacingSeconds} s`,
  order: ({ order }) => `order ${order.join(', ')}`,
  upgradeSeconds: ({ upgradeSeconds }) => `looks for a better way every ${upgradeSeconds} s`,
  metered: ({ metered }) => `metered ${metered}`,
};

/** Only what differs from the default; `--json` has them all. */
function settingsLine(contact: ContactSettings): string[] {
  const fields = (Object.keys(settingWords) as (keyof ContactSettings)[]).filter((field) => String(contact[field]) !== String(defaultContactSettings[field]));
  return fields.length === 0 ? [] : [`settings  ${fields.map((field) => settingWords[field](contact)).join('; ')}; all else as by default`];
}

function wakeUpsLine({ wakeUps }: Status): string[] {
  if (wakeUps === undefined) return [];
  const { received, missed, refused } = wakeUps;
  return [`wake-ups  ${received} received, ${missed} missed, ${refused} refused`];
}

function moment(atMs: number): string {
  return new Date(atMs).toISOString();
}
