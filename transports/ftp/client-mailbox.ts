/**
 * The agent's end of a mailbox: plain commands of RFC 959, passive mode only, no listing. `basic-ftp` speaks them; every
 * connection, for data too, goes over the path that was handed in and to the one host that was asked for, whatever address
 * the server names.
 */
import { Socket } from 'node:net';
import { Readable, Writable } from 'node:stream';
import type { Client, FTPContext, FTPResponse } from 'basic-ftp';
import { concat } from '../../protocol/bytes.ts';
import type { Clock } from '../../protocol/clock.ts';
import { limits } from '../../protocol/limits.ts';
import type { Path, Target } from '../path.ts';
import { maxBatchBytes } from './batch.ts';
import { directionOf, folderOfAgents, signName, unfinishedName } from './mailbox.ts';
import type { Mailbox } from './mailbox.ts';

export type FtpPlace = {
  readonly target: Target;
  readonly path: Path;
  readonly clock: Clock;
  /** Aborted when all is over. */
  readonly life: AbortSignal;
};

/** Frames are sealed before they come here, so there is nothing a password would protect (docs/contact.md, FTP). */
const publicUser = 'anonymous';

/** Connects and signs in. Throws when anything is refused; the caller closes the client. */
export async function signIn(client: Client, place: FtpPlace): Promise<void> {
  client.prepareTransfer = (context) => openData(context, place);
  client.ftp.socket = await openSocket(place, place.target.port);
  await client.ftp.request(''); // the greeting; an empty command asks for nothing
  await client.login(publicUser, 'behest');
  await client.send('TYPE I');
}

/** Passive mode. Only the port is taken from the answer: an address in it may be wrong (NAT) or meant to harm others. */
async function openData(context: FTPContext, place: FtpPlace): Promise<FTPResponse> {
  const answer = await context.request('EPSV').catch(() => context.request('PASV'));
  const port = portOf(answer);
  if (port === undefined) throw new Error(`no port in ${answer.message}`);
  context.dataSocket = await openSocket(place, port);
  return answer;
}

/** 229 (RFC 2428): `(|||port|)`. 227 (RFC 959): `(a,b,c,d,high,low)`. */
function portOf({ message }: FTPResponse): number | undefined {
  const extended = /\(\|\|\|(\d{1,5})\|\)/.exec(message)?.[1];
  if (extended !== undefined) return Number(extended);
  const [, high, low] = /(?:\d{1,3},){4}(\d{1,3}),(\d{1,3})/.exec(message) ?? [];
  return high === undefined || low === undefined ? undefined : Number(high) * 256 + Number(low);
}

async function openSocket({ target, path, clock, life }: FtpPlace, port: number): Promise<Socket> {
  const tooLate = new AbortController();
  const timer = clock.after(limits.handshakeMs, () => tooLate.abort());
  const opened = await path.connect({ host: target.host, port }, AbortSignal.any([life, tooLate.signal]));
  timer.cancel();
  if (!opened.ok) throw new Error(opened.detail);
  if (opened.value instanceof Socket) return opened.value;
  opened.value.destroy();
  throw new Error(`the path ${path.name} gives no socket, and FTP needs one`);
}

export class ClientMailbox implements Mailbox {
  readonly #client: Client;
  readonly #folder: string;
  readonly #left: () => void;

  /** Takes over a client that has signed in. `left` is called when it is done with it. */
  constructor(client: Client, name: string, left: () => void) {
    this.#client = client;
    this.#left = left;
    this.#folder = `${folderOfAgents}/${name}`;
  }

  /** Makes the folder. Throws when the server does not let it. */
  async make(): Promise<void> {
    await this.#client.send(`MKD ${this.#folder}`);
  }

  async put(name: string, content: Uint8Array): Promise<void> {
    const unfinished = `${this.#folder}/${unfinishedName(directionOf(name))}`;
    await this.#client.uploadFrom(Readable.from([content]), unfinished);
    await this.#client.rename(unfinished, `${this.#folder}/${name}`);
  }

  async take(name: string): Promise<Uint8Array | undefined> {
    if (!await this.holds(name)) return undefined;
    const path = `${this.#folder}/${name}`;
    const content = new Collector(maxBatchBytes);
    await this.#client.downloadTo(content, path);
    await this.#client.remove(path);
    return content.bytes;
  }

  /** One command and no data connection: what an idle agent asks for. */
  async holds(name: string): Promise<boolean> {
    return isPositive(await this.#client.sendIgnoringError(`SIZE ${this.#folder}/${name}`));
  }

  /** Puts the sign down. That works only when the intermediary has taken the last one away. */
  async sign(): Promise<boolean> {
    return isPositive(await this.#client.sendIgnoringError(`MKD ${this.#folder}/${signName}`));
  }

  leave(): Promise<void> {
    this.#left();
    return Promise.resolve();
  }
}

function isPositive({ code }: FTPResponse): boolean {
  return code >= 200 && code < 300;
}

/** Keeps what comes, up to a limit: the server's word about a size is not trusted. */
class Collector extends Writable {
  readonly #limit: number;
  #parts: Uint8Array[] = [];
  #size = 0;

  constructor(limit: number) {
    super();
    this.#limit = limit;
  }

  get bytes(): Uint8Array {
    return concat(...this.#parts);
  }

  override _write(part: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    this.#size += part.length;
    if (this.#size > this.#limit) return done(new Error(`more than ${this.#limit} bytes in one file`));
    this.#parts.push(part);
    done();
  }
}
