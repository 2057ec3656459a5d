/**
 * Whether using this network costs by the byte: as the machine's owner said, or as NetworkManager knows.
 */
import { execFile } from 'node:child_process';
import type { Clock } from '../../../protocol/clock.ts';
import { limits } from '../../../protocol/limits.ts';
import type { Network } from './network.ts';

export type IsMetered = (network: Network) => Promise<boolean>;
export type MeteredSetting = 'yes' | 'no' | 'auto';

/** What `nmcli` prints for the interfaces; undefined where it is not there or does not answer. */
export type AskNetworkManager = () => Promise<string | undefined>;

export function meteredBy(setting: MeteredSetting, clock: Clock, ask: AskNetworkManager = askNetworkManager): IsMetered {
  if (setting !== 'auto') return () => Promise.resolve(setting === 'yes');
  let known: { readonly state: string; readonly untilMs: number; readonly answer: Promise<boolean> } | undefined;
  return ({ state, device }) => {
    if (device === undefined) return Promise.resolve(false);
    if (known === undefined || known.state !== state || known.untilMs < clock.monotonic()) {
      known = { state, untilMs: clock.monotonic() + limits.meteredKnownMs, answer: ask().then((said) => said !== undefined && saysMetered(said, device)) };
    }
    return known.answer;
  };
}

/** Blocks of `GENERAL.DEVICE:eth0` and `GENERAL.METERED:yes`; a guess of NetworkManager's counts. */
export function saysMetered(said: string, device: string): boolean {
  const block = said.split(/\n(?=GENERAL\.DEVICE:)/).find((text) => text.split('\n')[0]?.trim() === `GENERAL.DEVICE:${device}`);
  return block !== undefined && /^GENERAL\.METERED:yes\b/m.test(block);
}

function askNetworkManager(): Promise<string | undefined> {
  const options = { timeout: limits.askMeteredMs, env: { ...process.env, LC_ALL: 'C' } };
  return new Promise((resolve) => {
    execFile('nmcli', ['--terse', '--fields', 'GENERAL.DEVICE,GENERAL.METERED', 'device', 'show'], options, (error, said) => resolve(error === null ? said : undefined));
  });
}
