/** Interfaces with their addresses. Leases, counters and the temporary addresses of IPv6 change by themselves. */
import { networkInterfaces } from 'node:os';
import { Type } from 'typebox';
import { success } from '../../../../protocol/outcome.ts';
import { defineSection, id, words } from '../section.ts';

export const network = defineSection({
  name: 'network',
  row: Type.Object({ id: id('Name of the interface.'), mac: words('MAC address', 'Of the interface.'), addresses: words('Addresses', 'With their prefixes: all of IPv4, the link-local ones of IPv6.') }),
  gather: async () =>
    success(
      Object.entries(networkInterfaces()).map(([name, entries = []]) => ({
        id: name,
        mac: entries[0]?.mac ?? '',
        addresses: entries.filter(({ family, address }) => family === 'IPv4' || address.startsWith('fe80:')).map(({ cidr, address }) => cidr ?? address).sort().join(', '),
      })),
    ),
});
