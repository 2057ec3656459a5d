/**
 * Where a tunnel of `behest tunnel` begins and ends, as it is typed: PORT, HOST:PORT or LOCAL:HOST:PORT.
 */
import { failure, success } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';

export type TunnelWhere = {
  readonly host: string;
  readonly port: number;
  /** The port here; undefined: the same as there if it is free, else any. */
  readonly local: number | undefined;
};

/** `5900`, `router:80`, `8080:router:80`, `8080:[fe80::1]:80`; the local port 0 is any that is free. */
const form = /^(?:(?:(\d{1,5}):)?(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):)?(\d{1,5})$/;

export function tunnelWhere(typed: string): Outcome<TunnelWhere> {
  const [whole, local, host = 'localhost', port] = form.exec(typed) ?? [];
  if (whole === undefined) return failure('usage', `${typed} is not PORT, HOST:PORT or LOCAL:HOST:PORT`);
  const where = { host: host.replace(/^\[|\]$/g, ''), port: Number(port), local: local === undefined ? undefined : Number(local) };
  if (where.port < 1 || where.port > 65_535 || (where.local ?? 0) > 65_535) return failure('usage', `${typed}: a port is a number from 1 to 65535`);
  return success(where);
}

/** For people: an IPv6 address in brackets. */
export function writeWhere({ host, port }: Pick<TunnelWhere, 'host' | 'port'>): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
