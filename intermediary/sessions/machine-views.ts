/** Machines as consoles see them: what the store keeps, and whether they are connected now. */
import { base64Url } from '../../protocol/bytes.ts';
import type { Machine } from '../../protocol/messages/live.ts';
import type { PrimitiveDescription } from '../../protocol/primitive.ts';
import type { Authorizer } from '../people/authorizer.ts';
import type { Visitor } from '../people/sign-ins.ts';
import type { MachineIndex } from '../store/machine-index.ts';
import { readMachines } from '../store/machines.ts';
import type { MachineRow } from '../store/machines.ts';
import type { Store } from '../store/store.ts';
import type { WakeUps } from '../wake-up/wake-ups.ts';
import type { Presence } from './presence.ts';

type Needs = { readonly store: Store; readonly presence: Presence; readonly authorizer: Authorizer; readonly machines: MachineIndex; readonly wakeUps?: WakeUps | undefined };

export class MachineViews {
  readonly #needs: Needs;
  /** Reads under way: when a machine changes, all who watch it share one. */
  readonly #reading = new Map<string, Promise<Machine | undefined>>();

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  /** All that this person may reach. */
  async list(visitor: Visitor): Promise<Machine[]> {
    const rows = await readMachines(this.#needs.store.read);
    return rows.filter(({ id }) => this.#needs.authorizer.mayReach(visitor, id)).map((row) => this.#view(row));
  }

  /** One machine; undefined alike for one that does not exist and one out of reach. */
  async find(visitor: Visitor, id: string): Promise<Machine | undefined> {
    if (!this.#needs.authorizer.mayReach(visitor, id)) return undefined;
    const known = this.#reading.get(id);
    if (known !== undefined) return known;
    const reading = readMachines(this.#needs.store.read, id).then(([row]) => row && this.#view(row));
    this.#reading.set(id, reading);
    try {
      return await reading;
    } finally {
      this.#reading.delete(id);
    }
  }

  /** What a machine can do, as its last check-in said; undefined as with `find`. */
  async primitives(visitor: Visitor, id: string): Promise<readonly PrimitiveDescription[] | undefined> {
    const place = this.#needs.machines.get(id);
    if (place === undefined || !this.#needs.authorizer.mayReach(visitor, id)) return undefined;
    const primitives = await this.#needs.machines.primitivesOf(place);
    return [...(primitives?.values() ?? [])];
  }

  #view(row: MachineRow): Machine {
    const connection = this.#needs.presence.get(row.id);
    const wakeUps = this.#needs.wakeUps?.countsOf(row.id);
    const online = connection?.isOnline === true;
    const { pollSeconds, ...contact } = row.contact;
    return {
      id: row.id,
      name: row.facts.hostname,
      site: row.site,
      online,
      sinceMs: connection?.sinceMs ?? row.seen_at_ms,
      enrolledAtMs: row.enrolled_at_ms,
      facts: row.facts,
      ...(online ? { transport: connection.transport.name, remoteAddress: connection.transport.remoteAddress } : {}),
      ...(connection?.nonce === undefined ? {} : { nonce: connection.nonce }),
      rootVersion: row.root_version,
      policyVersion: row.policy_version,
      contact,
      ...(pollSeconds === undefined ? {} : { pollSeconds }),
      ...(row.reached === undefined ? {} : { reached: row.reached }),
      quarantined: row.quarantined === 1,
      identityKey: base64Url(row.identity_key),
      ...(row.last_directive_id === null ? {} : { lastDirectiveId: row.last_directive_id }),
      ...(wakeUps === undefined ? {} : { wakeUps }),
      ...(row.primitives_digest === null ? {} : { primitives: row.primitives_digest }),
    };
  }
}
