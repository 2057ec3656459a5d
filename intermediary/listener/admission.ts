/** Turns agents away before anything is spent on them, and says when to come again. */
import { limits } from '../../protocol/limits.ts';
import type { Upgrade } from './transports.ts';

/** `upgrade`, but not for addresses that `isWelcome` (given "address:port") refuses: those get 503 with a time. */
export function admitting(isWelcome: (remoteAddress: string) => boolean, upgrade: Upgrade): Upgrade {
  return (request, socket, head) => {
    const { remoteAddress, remotePort } = request.socket;
    if (isWelcome(`${remoteAddress ?? 'unknown'}:${remotePort ?? 0}`)) return upgrade(request, socket, head);
    socket.end(`HTTP/1.1 503 Service Unavailable\r\nretry-after: ${limits.retryAfterSeconds}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
  };
}
