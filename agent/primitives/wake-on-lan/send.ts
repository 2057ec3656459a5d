/**
 * Switches another machine of the same network on, by the magic packet that its network card waits for: six bytes ff and
 * sixteen times its hardware address, in a datagram to everybody.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import { defineAgentPrimitive } from '../agent-primitive.ts';
import { systemFailure } from '../system-failure.ts';

const Sent = Type.Object(
  {
    interface: Type.String({ title: 'Interface', description: 'Out of which it was sent.' }),
    from: Type.String({ title: 'From', description: 'Address of this machine there.' }),
    to: Type.String({ title: 'To', description: 'Address of everybody there.' }),
  },
  { additionalProperties: false },
);
type Sent = Static<typeof Sent>;

const params = Type.Object(
  {
    mac: Type.String({ title: 'Hardware address', description: 'Of the network card of the machine to switch on, such as 52:54:00:12:34:56.', pattern: '^([0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}$' }),
    interface: Type.Optional(Type.String({ title: 'Interface', description: 'Out of which to send. Left out: all that have an address of IPv4.', pattern: '^[^\\u0000/]+$', maxLength: 256 })),
    port: Type.Optional(Type.Integer({ title: 'Port', description: 'Network cards do not look at it; firewalls do.', default: 9, minimum: 1, maximum: 65_535 })),
    times: Type.Optional(Type.Integer({ title: 'How often', description: 'Datagrams get lost.', default: 3, minimum: 1, maximum: 20 })),
  },
  { additionalProperties: false },
);

export const wakeOnLanSend = defineAgentPrimitive({
  name: 'wake-on-lan.send',
  title: 'Switch another machine on',
  description: 'Sends the packet that switches a machine of the same network on. It does not answer; whether it comes up is seen when its agent calls.',
  risk: 'change',
  streams: 'none',
  platforms: ['linux', 'win32', 'darwin'],
  params,
  result: Type.Object({ sent: Type.Array(Sent, { title: 'Sent', description: 'To which networks.' }) }, { additionalProperties: false }),
  run: send,
});

async function send({ mac, interface: chosen, port = 9, times = 3 }: Static<typeof params>): Promise<Outcome<{ sent: Sent[] }>> {
  const ways = broadcasts(networkInterfaces()).filter((way) => chosen === undefined || way.interface === chosen);
  if (ways.length === 0) return failure('not-found', chosen === undefined ? 'no interface has an address of IPv4' : `no interface ${chosen} has an address of IPv4`);
  try {
    for (const way of ways) await sendTo(way, { packet: magicPacket(mac), port, times });
  } catch (error) {
    return systemFailure(error, 'the network');
  }
  return success({ sent: ways });
}

async function sendTo({ from, to }: Sent, { packet, port, times }: { packet: Uint8Array; port: number; times: number }): Promise<void> {
  const socket = createSocket('udp4');
  try {
    // bound to the address of the interface, so that it leaves there and nowhere else
    await Promise.all([once(socket, 'listening'), socket.bind(0, from)]);
    socket.setBroadcast(true);
    for (let time = 0; time < times; time += 1) {
      await new Promise<void>((resolve, reject) => {
        socket.send(packet, port, to, (error) => (error === null ? resolve() : reject(error)));
      });
    }
  } finally {
    socket.close();
  }
}

export function magicPacket(mac: string): Uint8Array {
  const address = Buffer.from(mac.replaceAll(/[:-]/g, ''), 'hex');
  return Buffer.concat([Buffer.alloc(6, 0xff), ...Array.from({ length: 16 }, () => address)]);
}

/** The address of everybody is the last one of the network. */
export function broadcasts(interfaces: ReturnType<typeof networkInterfaces>): Sent[] {
  return Object.entries(interfaces).flatMap(([name, addresses = []]) =>
    addresses.filter(({ family, internal }) => family === 'IPv4' && !internal).map(({ address, netmask }) => {
      const mask = netmask.split('.').map(Number);
      const to = address.split('.').map((part, index) => Number(part) | (~(mask[index] ?? 255) & 255)).join('.');
      return { interface: name, from: address, to };
    }));
}
