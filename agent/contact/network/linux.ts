/**
 * The network as Linux tells it, in files that cost a few microseconds to read (proc_net(5), resolv.conf(5)). A route of an
 * interface that is down or has no carrier does not count: the kernel keeps it in the table.
 */

export type LinuxFiles = {
  /** /proc/net/route */
  readonly routes: string;
  /** /proc/net/ipv6_route */
  readonly routes6: string;
  /** /proc/net/arp */
  readonly neighbours: string;
  /** /etc/resolv.conf */
  readonly resolver: string;
};

export type Route = {
  readonly device: string;
  readonly isDefault: boolean;
  readonly gateway?: string;
  readonly metric: number;
  /** As the file writes it: only to be compared. */
  readonly destination: string;
};

const isUsable = 0x1;
const hasGateway = 0x2;
const isReject = 0x200;
/** RTF_LOCAL: one of the machine's own addresses. */
const isLocal = 0x8000_0000;

/** Routes by which something could leave, those of IPv4 first, the preferred first. `live`: the interfaces that are up. */
export function routesOf(files: LinuxFiles, live: ReadonlySet<string>): Route[] {
  const byMetric = (left: Route, right: Route): number => left.metric - right.metric;
  const all = [...routes4(files.routes).toSorted(byMetric), ...routes6(files.routes6).toSorted(byMetric)];
  return all.filter(({ device }) => device !== 'lo' && live.has(device));
}

/** iface, destination, gateway, flags, refcount, use, metric, mask …; addresses are hexadecimal in the byte order of the host. */
function routes4(table: string): Route[] {
  return linesOf(table).slice(1).flatMap(([device = '', destination = '', gateway = '', flags = '', , , metric = '', mask = '']) => {
    const bits = Number.parseInt(flags, 16);
    if ((bits & isUsable) === 0 || (bits & isReject) !== 0) return [];
    const isDefault = destination === '00000000' && mask === '00000000';
    return [{ device, isDefault, metric: Number(metric), destination: `${destination}/${mask}`, ...((bits & hasGateway) === 0 ? {} : { gateway: address4(gateway) }) }];
  });
}

/** destination, its length, source, its length, next hop, metric, refcount, use, flags, iface; all hexadecimal. */
function routes6(table: string): Route[] {
  return linesOf(table).flatMap(([destination = '', length = '', , , hop = '', metric = '', , , flags = '', device = '']) => {
    const bits = Number.parseInt(flags, 16);
    const isOwn = (bits & isLocal) !== 0 || /^(fe[89ab]|ff)/.test(destination);
    if ((bits & isUsable) === 0 || (bits & isReject) !== 0 || isOwn) return [];
    const isDefault = length === '00';
    return [{ device, isDefault, metric: Number.parseInt(metric, 16), destination: `${destination}/${length}`, ...((bits & hasGateway) === 0 ? {} : { gateway: address6(hop) }) }];
  });
}

/** The gateway's hardware address; undefined while the machine has not spoken with it. */
export function hardwareAddress(neighbours: string, gateway: string): string | undefined {
  const found = linesOf(neighbours).find(([address]) => address === gateway)?.[3];
  return found === undefined || found === '00:00:00:00:00:00' ? undefined : found;
}

/** The first of the DNS suffixes, which is the network's own; empty when there is none. */
export function dnsSuffix(resolver: string): string {
  const lines = linesOf(resolver).filter(([key]) => key === 'search' || key === 'domain');
  return lines.at(-1)?.[1]?.toLowerCase() ?? '';
}

/** Empty when nothing is known that tells this network from others. */
export function identify(routes: readonly Route[], files: LinuxFiles): string[] {
  const suffix = dnsSuffix(files.resolver);
  const way = routes.find(({ isDefault }) => isDefault);
  if (way === undefined) return routes.length === 0 ? [] : [`${routes.map(({ destination }) => destination).toSorted().join(' ')} ${suffix}`];
  const gateway = way.gateway ?? way.device;
  const hardware = hardwareAddress(files.neighbours, gateway);
  return [...(hardware === undefined ? [] : [hardware]), gateway].map((name) => `${name} ${suffix}`.trimEnd());
}

function address4(hex: string): string {
  return (hex.match(/../g) ?? []).map((byte) => Number.parseInt(byte, 16)).toReversed().join('.');
}

function address6(hex: string): string {
  return (hex.match(/..../g) ?? []).join(':');
}

function linesOf(text: string): string[][] {
  return text.split('\n').map((line) => line.trim().split(/\s+/)).filter((fields) => fields.length > 1);
}
