/**
 * Where a tunnel leads, and whether the policy lets it: the name is looked up once, what was found is held against the
 * rules, and the connection is made to exactly that. A name that answers differently a moment later gains nothing.
 */
import { lookup } from 'node:dns/promises';
import { BlockList, connect as connectTo, isIP } from 'node:net';
import type { LookupFunction, Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { limits } from '../../../protocol/limits.ts';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Failure, Outcome } from '../../../protocol/outcome.ts';
import type { TunnelRule } from '../../../protocol/statements/policy.ts';

export type Destination = { readonly host: string; readonly port: number };
type Address = { readonly address: string; readonly family: number };

/** RFC 1918 and RFC 4193. Not link-local: at 169.254.169.254 clouds hand out the keys of the machine. */
const privateNetworks = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'];
const loopback = ['127.0.0.0/8', '::1/128'];

/** The addresses behind the name that the rules allow. Fails with `unreachable` or `timed-out`, or with `tunnel-denied` when there is none. */
export async function allowedAddresses({ host, port }: Destination, rules: readonly TunnelRule[]): Promise<Outcome<readonly Address[]>> {
  const found = await lookUp(host);
  if (!found.ok) return found;
  const allowed = found.value.filter(({ address }) => isAllowed(address, port, rules));
  if (allowed.length > 0) return success(allowed);
  const addresses = found.value.map(({ address }) => address).join(', ');
  return failure('tunnel-denied', `${host === addresses ? host : `${host} (${addresses})`} port ${port}`);
}

/** Connects to the first of the addresses that answers (RFC 8305). Both directions end by themselves. */
export function connect({ host, port }: Destination, addresses: readonly Address[]): Socket {
  const given: LookupFunction = (_, __, answer) => answer(null, [...addresses]);
  return connectTo({ host, port, lookup: given, autoSelectFamily: true, allowHalfOpen: true, noDelay: true });
}

/** Why a connection broke, or could not be made. */
export function connectFailure(error: NodeJS.ErrnoException, { host, port }: Destination): Failure {
  const about = `${host} port ${port}`;
  if (error.code === 'ECONNREFUSED') return failure('connection-refused', about);
  if (error.code === 'ETIMEDOUT') return failure('timed-out', about);
  if (error.code === 'ECONNRESET' || error.code === 'EPIPE') return failure('connection-lost', about);
  return failure('unreachable', `${about}: ${error.code ?? error.message}`);
}

/** Whether one of the rules stands for this address and port. */
export function isAllowed(address: string, port: number, rules: readonly TunnelRule[]): boolean {
  return rules.some(({ to, firstPort, lastPort }) => port >= firstPort && port <= lastPort && (to === '*' || isIn(address, networksOf(to))));
}

function networksOf(to: string): readonly string[] {
  if (to === 'private') return privateNetworks;
  return to === 'machine' ? [...loopback, ...ownAddresses()] : [to];
}

function ownAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.map(({ address, family }) => `${address}/${family === 'IPv4' ? 32 : 128}`);
}

function isIn(address: string, networks: readonly string[]): boolean {
  const plain = withoutMapping(address);
  const list = new BlockList();
  for (const network of networks) addNetwork(list, network);
  return list.check(plain, isIP(plain) === 4 ? 'ipv4' : 'ipv6');
}

/** A range with more bits than its family has means nothing, and allows nothing. */
function addNetwork(list: BlockList, network: string): void {
  const [address = '', bits = ''] = network.split('/');
  const version = isIP(address);
  if (version === 0 || Number(bits) > (version === 4 ? 32 : 128)) return;
  list.addSubnet(address, Number(bits), version === 4 ? 'ipv4' : 'ipv6');
}

/** `::ffff:10.0.0.1` is 10.0.0.1 (RFC 4291, section 2.5.5.2); a zone says by which interface. */
function withoutMapping(address: string): string {
  const [plain = ''] = address.split('%');
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(plain)?.[1] ?? plain;
}

async function lookUp(host: string): Promise<Outcome<readonly Address[]>> {
  const patience = Promise.withResolvers<Outcome<never>>();
  const timer = setTimeout(() => patience.resolve(failure('timed-out', `${host} was not found in time`)), limits.tunnelConnectMs);
  const found = await Promise.race([patience.promise, lookup(host, { all: true, order: 'verbatim' }).then(success, () => failure('unreachable', `there is no ${host}`))]);
  clearTimeout(timer);
  return found;
}
