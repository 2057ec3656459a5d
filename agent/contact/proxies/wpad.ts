/**
 * Web Proxy Auto-Discovery: the address of a PAC file by DHCP option 252, as the machine's DHCP client noted it, and by the name
 * `wpad` in the machine's own domains. Whoever controls either can only cut or delay: what the agent says is sealed, and its
 * intermediary proves itself.
 */
import { pacFinding } from './finding.ts';
import type { Finding, Source } from './finding.ts';

/** Domains of one machine, and the names above each, that are asked about. */
const maxNames = 8;

export const wpadByDns: Source = async ({ platform, readText, lookup }) => {
  if (platform === 'win32') return []; // the settings of Windows know what it found
  const names = wpadNames(parseSearchDomains(await readText('/etc/resolv.conf') ?? ''));
  const there = await Promise.all(names.map(lookup));
  // the nearest one only: farther ones belong to somebody else's network
  const nearest = names.find((_, index) => there[index] !== undefined);
  return nearest === undefined ? [] : pacFinding(`WPAD by DNS (${nearest})`, `http://${nearest}/wpad.dat`);
};

/** Folders in which DHCP clients of Linux keep what they were told. */
const leaseFolders = [
  { folder: '/run/systemd/netif/leases', name: /\/\d+$/ },
  { folder: '/var/lib/NetworkManager', name: /\.lease$/ },
  { folder: '/var/lib/dhcp', name: /\/dhclient.*\.leases?$/ },
  { folder: '/var/lib/dhclient', name: /\.leases?$/ },
] as const;

export const wpadByDhcp: Source = async ({ platform, readText, listFiles }) => {
  if (platform === 'win32') return [];
  const files = await Promise.all(leaseFolders.map(async ({ folder, name }) => (await listFiles(folder)).filter((path) => name.test(path)).slice(-maxNames)));
  const texts = await Promise.all(files.flat().map(readText));
  return texts.flatMap((text): readonly Finding[] => {
    const url = readLease(text ?? '');
    return url === undefined ? [] : pacFinding('WPAD by DHCP', url);
  }).slice(0, 1);
};

/**
 * `wpad` in each domain and in those above it, but never in one of two labels or fewer: in `co.uk` or `com` it would belong to a
 * stranger, and nobody can tell those from `example.com` without the list of public suffixes.
 */
export function wpadNames(domains: readonly string[]): readonly string[] {
  const names = domains.flatMap((domain) => {
    const labels = domain.toLowerCase().split('.');
    return Array.from({ length: Math.max(0, labels.length - 2) }, (_, index) => `wpad.${labels.slice(index).join('.')}`);
  });
  return [...new Set(names)].slice(0, maxNames);
}

/** resolv.conf(5): the last of `search` and `domain` holds. */
export function parseSearchDomains(text: string): readonly string[] {
  const last = [...text.matchAll(/^(?:search|domain)[ \t]+(.+)$/gm)].at(-1)?.[1] ?? '';
  return last.split(/\s+/).map((domain) => domain.replace(/\.$/, '')).filter((domain) => /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(domain));
}

/** The last lease of a file counts: dhclient appends. systemd-networkd and NetworkManager write the option in hexadecimal. */
export function readLease(text: string): string | undefined {
  const named = [...text.matchAll(/^\s*option (?:wpad|wpad-url|local-pac-server|local-proxy-config|unknown-252|option-252|252) "([^"]+)";/gm)].at(-1)?.[1];
  const coded = /^OPTION_252=([0-9a-f]+)\s*$/im.exec(text)?.[1];
  const url = named ?? (coded === undefined ? undefined : Buffer.from(coded, 'hex').toString('latin1'));
  // some servers end it with a NUL or a line feed
  return url?.replace(/(?:\\000|\\n|[\0\s])+$/, '');
}
