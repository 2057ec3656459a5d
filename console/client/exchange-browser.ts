/**
 * REST exchanges and the live socket as a page makes them: same origin, cookie by itself.
 */
import { failure, success } from '../../protocol/outcome.ts';
import type { Exchange } from './http.ts';
import type { Dial } from './live-socket.ts';

export const browserExchange: Exchange = async ({ method, path, headers, body }) => {
  try {
    const response = await fetch(path, { method, headers: { ...headers }, credentials: 'same-origin', ...(body === undefined ? {} : { body }) });
    return success({ status: response.status, text: await response.text() });
  } catch (error) {
    return failure('unreachable', error instanceof Error ? error.message : 'the request failed');
  }
};

/** Opens sockets at `origin` (`https://host:port`). `csrf` is asked anew for each, since a new sign-in changes it. */
export function browserDial(origin: string, csrf: () => string): Dial {
  return (handlers) => {
    const socket = new WebSocket(`${origin.replace(/^http/, 'ws')}/api/live?csrf=${encodeURIComponent(csrf())}`);
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('open', () => handlers.opened());
    socket.addEventListener('message', (event: { data: unknown }) => {
      if (event.data instanceof ArrayBuffer) handlers.message(new Uint8Array(event.data));
    });
    socket.addEventListener('close', (event: { code: number; reason: string }) => handlers.closed(event.reason));
    return {
      send: (bytes) => socket.send(Uint8Array.from(bytes)),
      close: () => socket.close(),
    };
  };
}
