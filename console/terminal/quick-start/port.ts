/**
 * Which port: the one asked for, the one of the first start, or 8443; checked before anything is made.
 */
import { createServer } from 'node:net';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';

const usualPort = 8443;

/**
 * `asked` 0 means any free one. A folder keeps the port of its first start, since its machines were told to call there.
 */
export async function choosePort(asked: number | undefined, remembered: number | undefined): Promise<Outcome<number>> {
  if (remembered !== undefined && asked !== undefined && asked !== 0 && asked !== remembered) {
    return failure('conflict', `the machines of this data folder call port ${remembered}; for port ${asked} choose another folder with --data`);
  }
  const port = remembered ?? asked ?? usualPort;
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(failure(error.code === 'EACCES' ? 'not-permitted' : 'port-in-use', `port ${port}: ${error.message}`)));
    server.listen(port, () => {
      const bound = server.address();
      server.close(() => resolve(success(typeof bound === 'object' && bound !== null ? bound.port : port)));
    });
  });
}
