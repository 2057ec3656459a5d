/**
 * What the agent tells of itself to technicians: its status and the settings in force, in the form of their schemas.
 */
import type { ContactSettings } from '../protocol/contact-settings.ts';
import type { AgentOptions } from './agent.ts';
import type { OwnSettings, OwnStatus } from './primitives/agent/own-forms.ts';
import type { Status } from './status-file.ts';

export function ownStatus(status: Status, { startedAtMs, runs }: { startedAtMs: number; runs: number }): OwnStatus {
  const { agentId, version, site, state, sinceMs, transport, path, address, rootVersion, policyVersion, processId, wakeUps } = status;
  const { user, system } = process.cpuUsage();
  return {
    agentId, version, site, state,
    sinceAtMs: sinceMs,
    ...(transport === undefined ? {} : { transport }),
    ...(path === undefined ? {} : { path }),
    ...(address === undefined ? {} : { address }),
    rootVersion, policyVersion, processId, startedAtMs,
    memoryBytes: process.memoryUsage.rss(),
    cpuSeconds: Math.round((user + system) / 10_000) / 100,
    runs,
    wakeUpsReceived: wakeUps?.received ?? 0,
    wakeUpsMissed: wakeUps?.missed ?? 0,
    wakeUpsRefused: wakeUps?.refused ?? 0,
    failedAttempts: status.failedAttempts.map((one) => ({ atMs: one.atMs, transport: one.transport, path: one.path, address: one.address, code: one.code, detail: one.detail })),
  };
}

export function ownSettings(contact: ContactSettings, { metered = 'auto', proxy, pac, data, log }: Pick<AgentOptions, 'metered' | 'proxy' | 'pac' | 'data' | 'log'>): OwnSettings {
  return {
    ...contact,
    order: [...contact.order],
    networkIsMetered: metered,
    ...(proxy === undefined ? {} : { proxy: withoutCredentials(proxy) }),
    ...(pac === undefined ? {} : { pac: withoutCredentials(pac) }),
    dataFolder: data,
    logLevel: log.level,
  };
}

function withoutCredentials(address: string): string {
  return address.replace(/^([a-z0-9+.-]+:\/\/)?[^/]*@/i, '$1');
}
