/**
 * Connections and routes of Linux by /proc/net (proc_pid_net(5)), and whose they are by the open files of the processes.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { programName } from '../process/program-name.ts';
import type { ConnectionRow, NetworkTables, RouteRow } from './network-tables.ts';
import { addressOf } from './proc-address.ts';

export const linuxTables: NetworkTables = {
  async connections() {
    const sockets = (['tcp', 'tcp6', 'udp', 'udp6'] as const).flatMap((table) => parseSockets(textIn(`/proc/net/${table}`), table.startsWith('tcp') ? 'tcp' : 'udp'));
    const owners = await ownersOf(new Set(sockets.map(({ inode }) => inode)));
    return sockets.map(({ inode, row }) => ({ ...row, ...owners.get(inode) }));
  },
  routes: async () => [...parseRoutes(textIn('/proc/net/route')), ...parseRoutes6(textIn('/proc/net/ipv6_route'))],
};

type Socket = { readonly inode: string; readonly row: ConnectionRow };

/** include/net/tcp_states.h of the kernel. A udp socket without a peer is in state 7. */
const states: Readonly<Record<string, string>> = {
  '01': 'established', '02': 'calling', '03': 'being called', '04': 'closing', '05': 'closing', '06': 'closed a moment ago', '07': 'listening', '08': 'left by the other side', '09': 'closing', '0A': 'listening', '0B': 'closing', '0C': 'being called',
};

/** Lines such as ` 0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000 1000 0 12345 …`. */
export function parseSockets(text: string, protocol: 'tcp' | 'udp'): Socket[] {
  return [...text.matchAll(/^ *\d+: ([0-9A-F]+):([0-9A-F]{4}) ([0-9A-F]+):([0-9A-F]{4}) ([0-9A-F]{2}) \S+ \S+ \S+ +\d+ +\d+ (\d+)/gm)].map(([, local = '', localPort = '', remote = '', remotePort = '', state = '', inode = '']) => ({
    inode,
    row: {
      protocol,
      state: states[state] ?? state,
      localAddress: addressOf(local),
      localPort: Number.parseInt(localPort, 16),
      ...(Number.parseInt(remotePort, 16) === 0 ? {} : { remoteAddress: addressOf(remote), remotePort: Number.parseInt(remotePort, 16) }),
    },
  }));
}

/** Names of interfaces may hold anything but white space and slashes. Flag 1 is for a route that is in use. */
export function parseRoutes(text: string): RouteRow[] {
  return [...text.matchAll(/^(\S+)\t([0-9A-F]{8})\t([0-9A-F]{8})\t([0-9A-F]{4})\t\d+\t\d+\t(\d+)\t([0-9A-F]{8})/gm)].flatMap(([, name = '', destination = '', gateway = '', flags = '', metric = '', mask = '']) => {
    if ((Number.parseInt(flags, 16) & 1) === 0) return [];
    const length = [...Number.parseInt(mask, 16).toString(2)].filter((bit) => bit === '1').length;
    return [{ destination: length === 0 ? 'default' : `${addressOf(destination)}/${length}`, ...(/[1-9A-F]/.test(gateway) ? { gateway: addressOf(gateway) } : {}), interface: name, metric: Number(metric) }];
  });
}

/** Without the routes to the machine itself (RTF_LOCAL), to groups (ff00::/8), and those that refuse (RTF_REJECT). */
export function parseRoutes6(text: string): RouteRow[] {
  return [...text.matchAll(/^([0-9a-f]{32}) ([0-9a-f]{2}) [0-9a-f]{32} [0-9a-f]{2} ([0-9a-f]{32}) ([0-9a-f]{8}) [0-9a-f]{8} [0-9a-f]{8} ([0-9a-f]{8}) +(\S+)$/gm)].flatMap(([, destination = '', length = '', gateway = '', metric = '', flags = '', name = '']) => {
    const bits = Number.parseInt(flags, 16);
    if ((bits & 1) === 0 || bits >= 0x80_00_00_00 || (bits & 0x02_00) !== 0 || destination.startsWith('ff')) return [];
    const prefix = Number.parseInt(length, 16);
    return [{ destination: prefix === 0 ? 'default' : `${addressOf(destination, 'network order')}/${prefix}`, ...(/[1-9a-f]/.test(gateway) ? { gateway: addressOf(gateway, 'network order') } : {}), interface: name, metric: Number.parseInt(metric, 16) }];
  });
}

/** By the links in /proc/PID/fd. A process of another account may keep its own to itself. */
async function ownersOf(wanted: ReadonlySet<string>): Promise<ReadonlyMap<string, { pid: number; program: string }>> {
  const owners = new Map<string, { pid: number; program: string }>();
  for (const pid of namesIn('/proc').filter((name) => /^\d+$/.test(name))) {
    await setImmediate();
    for (const descriptor of namesIn(`/proc/${pid}/fd`)) {
      const inode = /^socket:\[(\d+)\]$/.exec(linkOf(`/proc/${pid}/fd/${descriptor}`))?.[1];
      if (inode !== undefined && wanted.has(inode)) owners.set(inode, { pid: Number(pid), program: programName(textIn(`/proc/${pid}/comm`).trim(), textIn(`/proc/${pid}/cmdline`).split('\0')[0] ?? '') });
    }
  }
  return owners;
}

function namesIn(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function textIn(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
