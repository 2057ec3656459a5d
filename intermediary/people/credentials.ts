/** What a request shows of who sent it: cookie, token, origin. */
import type { IncomingMessage } from 'node:http';

/** The prefix binds it to this host over TLS and to path `/` (RFC 6265bis, section 4.1.3.2). */
export const cookieName = '__Host-behest';

/** The token in a `cookie` header. */
export function cookieOf(header: string | undefined): string | undefined {
  const pair = header?.split(';').find((each) => each.trim().startsWith(`${cookieName}=`));
  return pair?.trim().slice(cookieName.length + 1);
}

/** The token in an `authorization` header. */
export function bearerOf(header: string | undefined): string | undefined {
  return header?.startsWith('Bearer ') === true ? header.slice('Bearer '.length) : undefined;
}

/** Whether the page that sent this came from the host it was sent to. */
export function isOwnOrigin({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  return headers.origin === `https://${headers.host ?? ''}`;
}
