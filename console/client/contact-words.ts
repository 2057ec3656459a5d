/**
 * Contact in words, the same in browser and terminal: how a machine is reached, what was tried in vain, who is meant.
 */
import type { ContactScope } from '../../protocol/contact-settings.ts';
import type { FailedWay } from '../../protocol/messages/agent.ts';
import type { Machine, ReachedAt } from '../../protocol/messages/live.ts';

const transports: Readonly<Record<string, string>> = {
  wss: 'WebSocket (TLS)',
  'https-long-poll': 'HTTPS long poll',
  'https-short-poll': 'HTTPS short poll',
  ws: 'WebSocket without TLS',
  'http-long-poll': 'HTTP long poll',
  tcp: 'TCP',
  ftp: 'FTP',
};

/** How a machine is reached, in words. A name from a newer program stands as it is. */
export function transportWords(transport: string | undefined): string {
  return transport === undefined ? 'unknown' : (transports[transport] ?? transport);
}

const directly = 'directly';

/** `through proxy 10.0.0.5:3128`; of proxies that are not plain HTTP the kind too: `through SOCKS5 proxy …`. */
export function pathWords(path: string): string {
  if (path === directly) return directly;
  const [, scheme = '', host = path] = /^([a-z0-9]+):\/\/(.*?)\/?$/.exec(path) ?? [];
  return `through ${scheme === '' || scheme === 'http' ? '' : `${scheme.toUpperCase()} `}proxy ${host}`;
}

/** `HTTPS long poll · proxy 10.0.0.5:3128`, for lists; directly is not worth a word. The path is what the machine said of this transport. */
export function reachedInShort({ transport, reached }: Pick<Machine, 'transport' | 'reached'>): string {
  const words = transportWords(transport);
  if (reached === undefined || reached.way.transport !== transport || reached.way.path === directly) return words;
  return `${words} · ${pathWords(reached.way.path).replace('through ', '')}`;
}

/** `HTTPS long poll through proxy 10.0.0.5:3128; WebSocket (TLS) was cut by it`. */
export function reachedWords({ way, failed }: Pick<ReachedAt, 'way' | 'failed'>): string {
  const here = `${transportWords(way.transport)} ${pathWords(way.path)}${way.foundBy === undefined ? '' : ` (found in ${way.foundBy})`}`;
  const better = failed.find(({ transport }) => transport !== way.transport);
  return better === undefined ? here : `${here}; ${failureWords(better, way.path)}`;
}

const verbs: Readonly<Record<string, string>> = {
  'connection-lost': 'was cut',
  'unreachable': 'did not get through',
  'timed-out': 'got no answer',
  'certificate-refused': 'met a certificate that is not ours',
  'rate-limited': 'was put off',
  'handshake-malformed': 'got a strange answer',
  'handshake-refused': 'met another server',
};

/** What happened to one way that was tried in vain: by the proxy, if it is the one that is used now. */
function failureWords({ transport, path, code }: FailedWay, pathNow: string): string {
  const verb = verbs[code] ?? `failed (${code})`;
  const byIt = path === pathNow && path !== directly && code === 'connection-lost' ? ' by it' : '';
  return `${transportWords(transport)}${path === pathNow ? '' : ` ${pathWords(path)}`} ${verb}${byIt}`;
}

/** Who is meant: `everywhere`, `site Reception`, `this machine`. */
export function scopeWords(scope: ContactScope): string {
  if ('everywhere' in scope) return 'everywhere';
  return 'site' in scope ? `site ${scope.site}` : 'this machine';
}

/** Names of the settings, what their values mean, and a sentence of help; for forms and for the command's help. */
export const settingWords = {
  mode: { label: 'Mode', help: 'connected keeps one long session; polling makes one every interval and closes it when nothing is left to do.' },
  intervalSeconds: { label: 'Interval', help: 'From one contact to the next when polling.' },
  retries: { label: 'Retries', help: 'Attempts after a failed one before longer and longer waits begin.' },
  spacingSeconds: { label: 'Spacing', help: 'Between those attempts.' },
  order: { label: 'Order of transports', help: 'Best first. One that is not named is not used.' },
  upgradeSeconds: { label: 'Look for a better way', help: 'How often, while the present way is not the best.' },
  metered: { label: 'On metered networks', help: 'wait lets all but urgent work wait for another network; connect makes no difference.' },
} as const;

/** A value as people read it: seconds with their unit, lists with commas. */
export function settingText(field: string, value: unknown): string {
  if (Array.isArray(value)) return value.join(', ');
  return field.endsWith('Seconds') ? secondsText(Number(value)) : String(value);
}

/** `30s`, `5m`, `1h30m`: as the terminal takes them. */
export function secondsText(seconds: number): string {
  const parts = [['h', Math.floor(seconds / 3600)], ['m', Math.floor((seconds % 3600) / 60)], ['s', seconds % 60]] as const;
  const said = parts.filter(([, count]) => count > 0).map(([unit, count]) => `${count}${unit}`);
  return said.join('') || '0s';
}
