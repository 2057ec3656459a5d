/** The FTP transport over a real vsftpd with the documented configuration. */
import { readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { transportContract } from '../contracts/transport.ts';
import type { TransportPair } from '../contracts/transport.ts';
import { dialThrough, recordingPath, sharedFolder, startVsftpd, watchFolder } from '../support/ftp-server.ts';

async function makePair(t: ExecutionContext): Promise<TransportPair> {
  const folder = await sharedFolder(t);
  const [server, watched] = await Promise.all([startVsftpd(t, folder), watchFolder(t, folder)]);
  const path = recordingPath(t);
  const [agent, intermediary] = await Promise.all([dialThrough(server, path), watched.next()]);
  t.teardown(() => agent.close());
  return { agent, intermediary, cut: () => path.cut(), sendGarbage: () => void putGarbage(join(folder, 'agents')) };
}

async function putGarbage(agents: string): Promise<void> {
  const [name = ''] = await readdir(agents);
  await writeFile(join(agents, name, 'up-new'), Buffer.from('ff00ff00ff00ff00', 'hex'));
  await rename(join(agents, name, 'up-new'), join(agents, name, 'up-00000001'));
}

transportContract('FTP', makePair);
