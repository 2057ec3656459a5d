/**
 * Looks at the network: on Linux at its routes, elsewhere at the addresses of the interfaces, which every platform tells
 * without a child process.
 */
import { readFileSync } from 'node:fs';
import { networkInterfaces, platform } from 'node:os';
import type { NetworkInterfaceInfo } from 'node:os';
import { identify, routesOf } from './linux.ts';
import type { LinuxFiles } from './linux.ts';
import type { Network } from './network.ts';

type Interfaces = ReturnType<typeof networkInterfaces>;

/** A table of a router with the whole internet in it is looked at only as far as this. */
const longestTable = 65_536;

const routeTables = ['/proc/net/route', '/proc/net/ipv6_route'] as const;

/** All that the state of `lookAtNetwork` comes from, as it is told and not yet understood. */
export function glanceAtNetwork(): string {
  const addresses = JSON.stringify(networkInterfaces());
  return platform() === 'linux' ? [addresses, ...routeTables.map(readOr)].join('\n') : addresses;
}

export function lookAtNetwork(): Network {
  const interfaces = networkInterfaces();
  if (platform() !== 'linux') return judgeAddresses(interfaces);
  return judgeRoutes(interfaces, {
    routes: readOr(routeTables[0]),
    routes6: readOr(routeTables[1]),
    neighbours: readOr('/proc/net/arp'),
    resolver: readOr('/etc/resolv.conf'),
  });
}

/** Node lists only interfaces that are up and have a carrier. */
export function judgeRoutes(interfaces: Interfaces, files: LinuxFiles): Network {
  const routes = routesOf(files, new Set(Object.keys(interfaces)));
  const defaults = routes.filter(({ isDefault }) => isDefault);
  const state = [...defaults.map(({ gateway, device }) => `${gateway ?? ''}%${device}`), ...outside(interfaces).map(({ address }) => address)].join(' ');
  return { isUp: routes.length > 0, ids: identify(routes, files), state, device: defaults[0]?.device };
}

/** Where gateways are not told: the subnets the machine is in stand for its network. */
export function judgeAddresses(interfaces: Interfaces): Network {
  const addresses = outside(interfaces);
  const subnets = [...new Set(addresses.map(subnetOf))].toSorted();
  return { isUp: addresses.length > 0, ids: subnets.length === 0 ? [] : [subnets.join(' ')], state: addresses.map(({ address }) => address).join(' ') };
}

/** Addresses that others could answer to: neither loopback nor those an interface gives itself when nobody gives it one. */
function outside(interfaces: Interfaces): NetworkInterfaceInfo[] {
  const all = Object.values(interfaces).flatMap((list) => list ?? []);
  return all.filter(({ address, internal }) => !internal && !/^(169\.254\.|fe[89ab])/.test(address)).toSorted((left, right) => left.address.localeCompare(right.address));
}

/** For IPv4 the network in whole bytes; for IPv6 the usual 64 bits. */
function subnetOf({ address, family, netmask }: NetworkInterfaceInfo): string {
  if (family === 'IPv6') return address.split(':').slice(0, 4).join(':');
  const mask = netmask.split('.').map(Number);
  return address.split('.').map((byte, index) => Number(byte) & (mask[index] ?? 0)).join('.');
}

function readOr(path: string): string {
  try {
    return readFileSync(path, 'utf8').slice(0, longestTable);
  } catch {
    return ''; // a kernel without IPv6 has no such table
  }
}
