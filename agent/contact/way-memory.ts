/**
 * Which way worked last in which network: DIR/ways.json. A file of its own and not a table of agent.db, since nothing
 * depends on it: it is advice that may be lost, deleted or unwritable, and must never hold up what is promised there.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { Compile } from 'typebox/schema';
import { limits } from '../../protocol/limits.ts';
import { ContactWay } from '../../protocol/messages/agent.ts';
import type { Network } from './network/network.ts';

const Remembered = Type.Object({ ids: Type.Array(Type.String({ maxLength: 4096 }), { maxItems: 8 }), way: ContactWay });
const Networks = Type.Object({ networks: Type.Array(Remembered, { maxItems: limits.maxNetworks }) });
type Remembered = Static<typeof Remembered>;
const form = Compile(Networks);

export class WayMemory {
  readonly #path: string | undefined;
  /** The network that was used last comes first. */
  #networks: Remembered[];

  /** Without a path it is forgotten with the process. */
  constructor(path?: string) {
    this.#path = path;
    this.#networks = path === undefined ? [] : read(path);
  }

  /** Looked up by the surest name first: the address of a gateway is the same in many networks. */
  of({ ids }: Network): ContactWay | undefined {
    const known = ids.map((id) => this.#networks.find((network) => network.ids.includes(id)));
    return known.find((network) => network !== undefined)?.way;
  }

  keep({ ids }: Network, way: ContactWay): void {
    if (ids.length === 0) return;
    const now = { ids: ids.map((id) => id.slice(0, 4096)), way };
    if (JSON.stringify(this.#networks[0]) === JSON.stringify(now)) return;
    this.#networks = [now, ...this.#networks.filter((network) => network.ids[0] !== now.ids[0])].slice(0, limits.maxNetworks);
    this.#write();
  }

  /** A full disk costs the next start its head start, nothing else. */
  #write(): void {
    if (this.#path === undefined) return;
    try {
      writeFileSync(`${this.#path}.new`, JSON.stringify({ networks: this.#networks }), { mode: 0o600 });
      renameSync(`${this.#path}.new`, this.#path);
    } catch {
      rmSync(`${this.#path}.new`, { force: true });
    }
  }
}

function read(path: string): Remembered[] {
  try {
    const written: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return form.Check(written) ? written.networks : [];
  } catch {
    return []; // the first start, or not readable: all networks are new
  }
}
