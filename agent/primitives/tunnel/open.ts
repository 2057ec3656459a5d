/**
 * A tunnel: TCP connections from the machine to one address, carried sealed to the console that signed. It lives in the
 * agent's main thread, like a terminal, and listens nowhere.
 */
import { Type } from 'typebox';
import { failure, success } from '../../../protocol/outcome.ts';
import type { AgentSelf } from '../agent/self.ts';
import type { AgentPrimitive } from '../agent-primitive.ts';
import { defineAgentPrimitive } from '../agent-primitive.ts';
import { serveTunnel } from './serve.ts';

const bytes = (title: string, description: string) => Type.Integer({ title, description, minimum: 0 });

export function tunnelPrimitive(self: AgentSelf): AgentPrimitive {
  return defineAgentPrimitive({
    name: 'tunnel.open',
    title: 'Open a tunnel',
    description: 'Connects from the machine to an address that it can reach, as often as the console asks: a router’s page, a remote desktop, a database. The policy says where tunnels may lead; what flows is readable by nobody on the way. Use behest tunnel.',
    risk: 'control',
    streams: 'live',
    platforms: ['linux', 'win32', 'darwin'],
    params: Type.Object(
      {
        host: Type.String({ title: 'Host', description: 'Name or address, as the machine knows it; localhost is the machine itself.', default: 'localhost', pattern: '^[A-Za-z0-9._:-]+$', minLength: 1, maxLength: 253 }),
        port: Type.Integer({ title: 'Port', description: 'TCP port there.', minimum: 1, maximum: 65_535 }),
      },
      { additionalProperties: false },
    ),
    result: Type.Object(
      {
        connections: Type.Integer({ title: 'Connections', description: 'How many were asked for.', minimum: 0 }),
        failed: Type.Integer({ title: 'Failed', description: 'How many of them never came to stand.', minimum: 0 }),
        sent: bytes('Sent', 'Bytes that went to the address.'),
        received: bytes('Received', 'Bytes that came from it.'),
      },
      { additionalProperties: false },
    ),
    serve: (destination) => success((start) => serveTunnel(destination, self.tunnelRules, start)),
    run: async () => failure('stream-required', 'tunnel.open'),
    place: 'main',
  });
}
