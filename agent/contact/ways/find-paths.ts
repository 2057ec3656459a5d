/**
 * The seam between "which ways out of this network are there" and the ladder that tries them.
 */
import type { Clock, Random } from '../../../protocol/clock.ts';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Failure, Outcome } from '../../../protocol/outcome.ts';
import { directPath } from '../../../transports/path.ts';
import type { Path, Target } from '../../../transports/path.ts';
import { parseProxy } from '../../../transports/proxies/proxy.ts';
import { machineEnvironment, ownEnvironment } from '../proxies/environment.ts';
import { ProxyFinder } from '../proxies/finder.ts';
import { pacFinding } from '../proxies/finding.ts';
import type { Finding, Surroundings } from '../proxies/finding.ts';
import { gnomeSettings } from '../proxies/gnome.ts';
import { windowsSettings } from '../proxies/windows.ts';
import { wpadByDhcp, wpadByDns } from '../proxies/wpad.ts';

/** The paths to a target worth trying now, best first; never empty, never failing: where nothing is found out, directly. */
export type FindPaths = (target: Target, signal: AbortSignal) => Promise<readonly Path[]>;

/** For a network that is known to have no proxy. */
export const onlyDirectly: FindPaths = () => Promise.resolve([directPath]);

/** What a person has set on the command line. */
export type ProxySettings = {
  readonly proxy?: string | undefined;
  readonly pac?: string | undefined;
};

export type PathTools = {
  readonly surroundings: Surroundings;
  readonly clock: Clock;
  readonly random: Random;
  /** Something that is another text in another network: what was found is dropped then. */
  network(): string;
  /** A PAC file that was named could not be used: for the log. */
  unusable(foundBy: string, reason: Failure): void;
};

/** Where proxies are looked for, in the order in which they are believed. */
const sources = [ownEnvironment, machineEnvironment, wpadByDhcp, wpadByDns, gnomeSettings, windowsSettings] as const;

/** The paths of whatever network this is. Fails with `usage` when a setting is none. */
export function findPathsBy(settings: ProxySettings, tools: PathTools): Outcome<FindPaths> {
  const explicit = readSettings(settings);
  if (!explicit.ok) return explicit;
  const finder = new ProxyFinder({ ...tools, explicit: explicit.value, sources });
  return success((target, signal) => finder.find(target, signal));
}

function readSettings({ proxy, pac }: ProxySettings): Outcome<readonly Finding[]> {
  const parsed = proxy === undefined ? undefined : parseProxy(proxy);
  if (parsed?.ok === false) return { ...parsed, detail: `--proxy: ${parsed.detail}` };
  const script = pac === undefined ? [] : pacFinding('the setting --pac', pac);
  if (pac !== undefined && script.length === 0) return failure('usage', '--pac: not an http or https address');
  return success([...(parsed === undefined ? [] : [{ kind: 'proxy', foundBy: 'the setting --proxy', proxy: parsed.value, bypass: [] } as const]), ...script]);
}
