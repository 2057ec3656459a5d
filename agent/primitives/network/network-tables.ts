/**
 * What connections and routes want of a system. One implementation each; the primitives know no system.
 */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import type { PrimitiveContext } from '../../../protocol/primitive.ts';
import { linuxTables } from './linux-tables.ts';

export const ConnectionRow = Type.Object(
  {
    protocol: Type.Enum(['tcp', 'udp'], { title: 'Protocol', description: 'tcp or udp.' }),
    state: Type.String({ title: 'State', description: 'listening, established, or a state of closing. udp has listening only.' }),
    localAddress: Type.String({ title: 'Here', description: 'Address of this machine; 0.0.0.0 and :: stand for all of them.' }),
    localPort: Type.Integer({ title: 'Port', description: 'Port on this machine.' }),
    remoteAddress: Type.Optional(Type.String({ title: 'There', description: 'Address of the other side.' })),
    remotePort: Type.Optional(Type.Integer({ title: 'Its port', description: 'Port on the other side.' })),
    pid: Type.Optional(Type.Integer({ title: 'Process', description: 'Number of the process that has it open.' })),
    program: Type.Optional(Type.String({ title: 'Program', description: 'Name of that process.' })),
  },
  { additionalProperties: false },
);
export type ConnectionRow = Static<typeof ConnectionRow>;

export const RouteRow = Type.Object(
  {
    destination: Type.String({ title: 'To', description: 'Network that is reached; default stands for everything else.' }),
    gateway: Type.Optional(Type.String({ title: 'Through', description: 'Address of the router; without one the network is right there.' })),
    interface: Type.String({ title: 'Interface', description: 'By which packets leave.' }),
    metric: Type.Integer({ title: 'Metric', description: 'Of several routes the one with the lowest is taken.' }),
  },
  { additionalProperties: false },
);
export type RouteRow = Static<typeof RouteRow>;

export type TableContext = Pick<PrimitiveContext, 'signal' | 'directiveId'>;

export type NetworkTables = {
  connections(context: TableContext): Promise<readonly ConnectionRow[]>;
  routes(context: TableContext): Promise<readonly RouteRow[]>;
};

export function networkTables(): Outcome<NetworkTables> {
  return process.platform === 'linux' ? success(linuxTables) : failure('not-on-this-platform', process.platform);
}
