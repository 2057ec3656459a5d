/**
 * Connections and routes of the machine.
 */
import { Type } from 'typebox';
import { success } from '../../../protocol/outcome.ts';
import { defineAgentPrimitive } from '../agent-primitive.ts';
import { boundedRows, mostRows, truncatedField } from '../rows.ts';
import { ConnectionRow, networkTables, RouteRow } from './network-tables.ts';

export const networkConnections = defineAgentPrimitive({
  name: 'network.connections',
  title: 'Network connections',
  description: 'What the machine listens on and whom it is connected to, with the program of each.',
  risk: 'read',
  streams: 'none',
  platforms: ['linux'],
  params: Type.Object(
    {
      listening: Type.Optional(Type.Boolean({ title: 'Listening only', description: 'Only what waits for others to call.', default: false })),
      port: Type.Optional(Type.Integer({ title: 'Port', description: 'Only those with this port on either side.', minimum: 1, maximum: 65_535 })),
      most: mostRows(1000),
    },
    { additionalProperties: false },
  ),
  result: Type.Object({ connections: Type.Array(ConnectionRow, { title: 'Connections', description: 'What listens first, by port.' }), truncated: truncatedField }, { additionalProperties: false }),
  async run({ listening = false, port, most = 1000 }, context) {
    const tables = networkTables();
    if (!tables.ok) return tables;
    const fitting = (await tables.value.connections(context)).filter((row) => (!listening || row.state === 'listening') && (port === undefined || row.localPort === port || row.remotePort === port));
    const rank = ({ state }: ConnectionRow): number => (state === 'listening' ? 0 : 1);
    const { rows, truncated } = boundedRows(fitting.toSorted((left, right) => rank(left) - rank(right) || left.localPort - right.localPort), most);
    return success({ connections: rows, truncated });
  },
});

export const networkRoutes = defineAgentPrimitive({
  name: 'network.routes',
  title: 'Network routes',
  description: 'Which way packets take to which network.',
  risk: 'read',
  streams: 'none',
  platforms: ['linux'],
  params: Type.Object({}, { additionalProperties: false }),
  result: Type.Object({ routes: Type.Array(RouteRow, { title: 'Routes', description: 'IPv4 first.' }), truncated: truncatedField }, { additionalProperties: false }),
  async run(_, context) {
    const tables = networkTables();
    if (!tables.ok) return tables;
    const { rows, truncated } = boundedRows(await tables.value.routes(context), 10_000);
    return success({ routes: rows, truncated });
  },
});
