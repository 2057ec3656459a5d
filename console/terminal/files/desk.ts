/**
 * The desk of a connection, as transfers use it.
 */
import type { FileDesk } from '../../client/files/transfer.ts';
import type { Connection } from '../connection.ts';

export function deskOf(connection: Connection): FileDesk {
  return { desk: () => connection.desk, present: (agentId) => connection.machines.get(agentId) };
}
