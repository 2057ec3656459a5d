/**
 * What Linux tells of each interface in /sys/class/net (sysfs-class-net of the kernel's documentation).
 */
import { readdirSync, readFileSync } from 'node:fs';

export type InterfaceDetails = {
  readonly state: 'up' | 'down' | 'unknown';
  readonly mac: string;
  readonly mtu?: number;
  readonly speedMegabits?: number;
  readonly receivedBytes?: number;
  readonly sentBytes?: number;
  readonly errors?: number;
};

const folder = '/sys/class/net';

export function linuxDetails(): ReadonlyMap<string, InterfaceDetails> {
  return new Map(namesIn(folder).map((name) => [name, detailsOf(`${folder}/${name}`)]));
}

function detailsOf(path: string): InterfaceDetails {
  const [mtu, speed, receivedBytes, sentBytes, inErrors, outErrors] = ['mtu', 'speed', 'statistics/rx_bytes', 'statistics/tx_bytes', 'statistics/rx_errors', 'statistics/tx_errors'].map((name) => numberIn(`${path}/${name}`));
  return {
    state: stateOf(textIn(`${path}/operstate`), textIn(`${path}/flags`)),
    mac: textIn(`${path}/address`) ?? '',
    ...(mtu === undefined ? {} : { mtu }),
    // a card without a link says -1, a virtual one nothing
    ...(speed === undefined || speed < 0 ? {} : { speedMegabits: speed }),
    ...(receivedBytes === undefined ? {} : { receivedBytes }),
    ...(sentBytes === undefined ? {} : { sentBytes }),
    ...(inErrors === undefined || outErrors === undefined ? {} : { errors: inErrors + outErrors }),
  };
}

/** The loopback and tunnels say `unknown`: then the flag that it is in use (IFF_UP, 1) counts. */
function stateOf(operational: string | undefined, flags: string | undefined): InterfaceDetails['state'] {
  if (operational === 'up') return 'up';
  if (operational === 'unknown' && flags !== undefined) return (Number(flags) & 1) === 1 ? 'up' : 'down';
  return operational === undefined ? 'unknown' : 'down';
}

function namesIn(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

/** Some files of /sys cannot be read while the interface is down. */
function textIn(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}

function numberIn(path: string): number | undefined {
  const text = textIn(path);
  return text === undefined || text === '' || !Number.isSafeInteger(Number(text)) ? undefined : Number(text);
}
