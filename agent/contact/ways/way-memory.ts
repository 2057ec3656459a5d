/**
 * Which way worked last in which network: DIR/ways.json. A file of its own and not a table of agent.db, since nothing
 * depends on it: it is advice that may be lost, deleted or unwritable, and must never hold up what is promised there.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { formOf } from '../../../protocol/form.ts';
import { limits } from '../../../protocol/limits.ts';
import { ContactWay } from '../../../protocol/messages/agent.ts';
import type { Network } from '../network/network.ts';
import type { DialMemory } from './transports.ts';

const Remembered = Type.Object({
  ids: Type.Array(Type.String({ maxLength: 4096 }), { minItems: 1, maxItems: 8 }),
  way: ContactWay,
  /** What transports have learnt there (transports/dialling.ts). */
  dial: Type.Object({ holdMs: Type.Optional(Type.Number({ minimum: 0 })) }),
});
const Networks = Type.Object({ networks: Type.Array(Remembered, { maxItems: limits.maxNetworks }) });
type Remembered = Static<typeof Remembered>;
const form = formOf(Networks);

export class WayMemory {
  readonly #path: string | undefined;
  /** The network that was used last comes first. */
  #networks: Remembered[];
  /** Of a network where nothing has worked yet. */
  #strange: { readonly ids: readonly string[]; readonly dial: DialMemory } = { ids: [], dial: {} };
  #written = '';

  /** Without a path it is forgotten with the process. */
  constructor(path?: string) {
    this.#path = path;
    this.#networks = path === undefined ? [] : read(path);
  }

  of(network: Network): ContactWay | undefined {
    return this.#find(network)?.way;
  }

  /** For the transports that dial in this network; they write into it. */
  dialMemory(network: Network): DialMemory {
    const known = this.#find(network);
    if (known !== undefined) return known.dial;
    if (!isSame(this.#strange.ids, network.ids)) this.#strange = { ids: network.ids, dial: {} };
    return this.#strange.dial;
  }

  keep(network: Network, way: ContactWay): void {
    if (network.ids.length === 0) return;
    const now = { ids: network.ids.map((id) => id.slice(0, 4096)), way, dial: this.dialMemory(network) };
    this.#networks = [now, ...this.#networks.filter(({ ids }) => !isSame(ids, now.ids))].slice(0, limits.maxNetworks);
    this.save();
  }

  /** Writes what has changed; transports learn at any time. A full disk costs the next start its head start, nothing else. */
  save(): void {
    const text = JSON.stringify({ networks: this.#networks });
    if (this.#path === undefined || text === this.#written) return;
    try {
      writeFileSync(`${this.#path}.new`, text, { mode: 0o600 });
      renameSync(`${this.#path}.new`, this.#path);
      this.#written = text;
    } catch {
      rmSync(`${this.#path}.new`, { force: true });
    }
  }

  #find({ ids }: Network): Remembered | undefined {
    return this.#networks.find((network) => isSame(network.ids, ids));
  }
}

/** By the surest name both have: the address of a gateway is the same in many networks, and counts only until its hardware address is known. */
function isSame(left: readonly string[], right: readonly string[]): boolean {
  if (left[0] === right[0]) return true;
  return Math.min(left.length, right.length) === 1 && left.some((id) => right.includes(id));
}

function read(path: string): Remembered[] {
  try {
    const written: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return form.check(written) ? written.networks : [];
  } catch {
    return []; // the first start, or not readable: all networks are new
  }
}
