/**
 * What the commands for files begin with: the machine that was named, a path on it, and the desk of the connection.
 */
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import { RemoteFiles } from '../../client/files/remote-files.ts';
import type { FileDesk } from '../../client/files/transfer.ts';
import { machineNamed } from '../connection.ts';
import type { Connection } from '../connection.ts';

export function deskOf(connection: Connection): FileDesk {
  return { desk: () => connection.desk, present: (agentId) => connection.machines.get(agentId) };
}

/** The files of the machine that was typed, and its name; a path that is not absolute there is refused. */
export function filesOf(connection: Connection, { agent, path }: { readonly agent: string; readonly path: string }): Outcome<{ readonly files: RemoteFiles; readonly name: string }> {
  const machine = machineNamed(connection, agent);
  if (!machine.ok) return machine;
  if (!/^(\/|[A-Za-z]:[\\/]|\\\\)/.test(path)) return failure('usage', `${path} is no absolute path on ${machine.value.name}`);
  return success({ files: new RemoteFiles(deskOf(connection), machine.value.id), name: machine.value.name });
}
