/** The agent's end of the TCP transport. */
import { failure, success } from '../../protocol/outcome.ts';
import { withinDialTime } from '../dialling.ts';
import type { Dialled, DialRequest } from '../dialling.ts';
import { parseTarget } from '../path.ts';
import { TcpTransport } from './tcp-transport.ts';

/** Connects, or says why not. Whether the one who answers is ours, the handshake finds out. */
export async function dialTcp(request: DialRequest): Promise<Dialled> {
  const { address, path, clock } = request;
  const target = parseTarget(address);
  if (target === undefined) return failure('unreachable', `${address} is not host:port`);
  return withinDialTime(request, async (signal) => {
    const opened = await path.connect(target, signal);
    return opened.ok ? success(new TcpTransport(opened.value, { side: 'dialler', remoteAddress: address, clock })) : opened;
  });
}
