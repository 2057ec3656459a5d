/**
 * Targets that are to be reached without a proxy, in all the ways in which such lists are written: `NO_PROXY` (as
 * proxy-from-env reads it: hosts, `.suffix`, `*`, ports), GNOME's `ignore-hosts` (with networks) and Windows' `ProxyOverride`
 * (with `*` anywhere and `<local>`).
 */
import { BlockList, isIP } from 'node:net';
import type { Target } from '../../../transports/path.ts';

/** Whether one of the patterns stands for the target. */
export function isBypassed(target: Target, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => stands(pattern.trim().toLowerCase(), { host: target.host.toLowerCase(), port: target.port }));
}

/** The patterns of a list as it is written, separated by commas, semicolons or white space. */
export function splitPatterns(list: string): readonly string[] {
  return list.split(/[,;\s]+/).filter((pattern) => pattern !== '');
}

function stands(pattern: string, { host, port }: Target): boolean {
  if (pattern === '<local>') return !host.includes('.') && isIP(host) === 0;
  const [wanted, wantedPort] = splitPort(pattern.replace(/^https?:\/\//, ''));
  if (wanted === '' || (wantedPort !== undefined && wantedPort !== port)) return false;
  if (wanted.includes('/')) return isInNetwork(host, wanted);
  if (wanted.includes('*')) return matches(host, wanted.split('*'));
  return wanted.startsWith('.') ? host.endsWith(wanted) : host === wanted;
}

/** `name:port`, `[v6]:port`; a bare IPv6 address has no port. */
function splitPort(pattern: string): [string, number | undefined] {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(pattern) ?? [];
  return [bracketed ?? plain ?? pattern, port === undefined ? undefined : Number(port)];
}

function isInNetwork(host: string, network: string): boolean {
  const [address = '', bits = ''] = network.split('/');
  const version = isIP(address);
  if (version === 0 || isIP(host) !== version || !/^\d{1,3}$/.test(bits) || Number(bits) > (version === 4 ? 32 : 128)) return false;
  const family = version === 4 ? 'ipv4' : 'ipv6';
  const list = new BlockList();
  list.addSubnet(address, Number(bits), family);
  return list.check(host, family);
}

/** Whether the pieces between the stars stand in the host in their order: no regular expression, so no pattern takes long. */
function matches(host: string, pieces: readonly string[]): boolean {
  const [first = '', last = ''] = [pieces[0], pieces.at(-1)];
  if (!host.startsWith(first) || !host.endsWith(last) || host.length < first.length + last.length) return false;
  let at = first.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = host.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return at <= host.length - last.length;
}
