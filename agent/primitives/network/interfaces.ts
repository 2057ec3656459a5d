/**
 * The network interfaces of the machine: addresses as Node knows them on every system, and what Linux tells besides.
 */
import { networkInterfaces as addressesByName } from 'node:os';
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { success } from '../../../protocol/outcome.ts';
import { defineAgentPrimitive } from '../agent-primitive.ts';
import { boundedRows, truncatedField } from '../rows.ts';
import { linuxDetails } from './interface-details.ts';
import type { InterfaceDetails } from './interface-details.ts';

const InterfaceRow = Type.Object(
  {
    name: Type.String({ title: 'Name', description: 'As the system calls it.' }),
    state: Type.Enum(['up', 'down', 'unknown'], { title: 'State', description: 'Whether it is in use and has a link.' }),
    addresses: Type.Array(Type.String(), { title: 'Addresses', description: 'With the length of their network.' }),
    mac: Type.String({ title: 'Hardware address', description: 'Of the card.' }),
    mtu: Type.Optional(Type.Integer({ title: 'Largest packet', description: 'Bytes in one packet (MTU).' })),
    speedMegabits: Type.Optional(Type.Integer({ title: 'Mbit/s', description: 'Of the link, where the card tells.' })),
    receivedBytes: Type.Optional(Type.Integer({ title: 'Received', description: 'Since the machine was started.' })),
    sentBytes: Type.Optional(Type.Integer({ title: 'Sent', description: 'Since the machine was started.' })),
    errors: Type.Optional(Type.Integer({ title: 'Errors', description: 'Packets that were damaged on the way in or out.' })),
  },
  { additionalProperties: false },
);
type InterfaceRow = Static<typeof InterfaceRow>;

const most = 1000;

export const networkInterfaces = defineAgentPrimitive({
  name: 'network.interfaces',
  title: 'Network interfaces',
  description: 'The network cards of the machine, real and virtual, with addresses, state and traffic.',
  risk: 'read',
  streams: 'none',
  platforms: ['linux', 'win32', 'darwin'],
  params: Type.Object({}, { additionalProperties: false }),
  result: Type.Object({ interfaces: Type.Array(InterfaceRow, { title: 'Interfaces', description: 'By name.' }), truncated: truncatedField }, { additionalProperties: false }),
  async run() {
    const { rows, truncated } = boundedRows(interfaceRows(process.platform === 'linux' ? linuxDetails() : new Map()), most);
    return success({ interfaces: rows, truncated });
  },
});

function interfaceRows(details: ReadonlyMap<string, InterfaceDetails>): InterfaceRow[] {
  const addresses = addressesByName();
  const names = [...new Set([...Object.keys(addresses), ...details.keys()])].sort((left, right) => left.localeCompare(right));
  return names.map((name) => {
    const known = addresses[name] ?? [];
    // Node lists only interfaces that are up
    const state = known.length > 0 ? 'up' : 'unknown';
    return { name, state, mac: known[0]?.mac ?? '', addresses: known.map(({ cidr, address }) => cidr ?? address), ...details.get(name) };
  });
}
