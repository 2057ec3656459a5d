/**
 * What rights are judged by, for every machine, in memory: it is asked for every directive, every target and every piece
 * of news. About 200 bytes a machine.
 */
import type { Kysely } from 'kysely';
import type { PrimitiveDescription } from '../../protocol/primitive.ts';
import { readPrimitives } from './machines.ts';
import type { Tables } from './schema.ts';

export type MachinePlace = { readonly site: string; readonly primitivesDigest: string | null };

export class MachineIndex {
  readonly #database: Kysely<Tables>;
  readonly #places: Map<string, MachinePlace>;
  /** By digest: machines of one version share their list, so there are few. */
  readonly #primitives = new Map<string, ReadonlyMap<string, PrimitiveDescription>>();

  constructor(database: Kysely<Tables>, places: Map<string, MachinePlace>) {
    this.#database = database;
    this.#places = places;
  }

  static async load(database: Kysely<Tables>): Promise<MachineIndex> {
    const rows = await database.selectFrom('machines').select(['id', 'site', 'primitives_digest as primitivesDigest']).execute();
    return new MachineIndex(database, new Map(rows.map(({ id, ...place }) => [id, place])));
  }

  get(agentId: string): MachinePlace | undefined {
    return this.#places.get(agentId);
  }

  set(agentId: string, place: MachinePlace): void {
    this.#places.set(agentId, place);
  }

  some(is: (entry: readonly [agentId: string, place: MachinePlace]) => boolean): boolean {
    for (const entry of this.#places) if (is(entry)) return true;
    return false;
  }

  count(is: (agentId: string, place: MachinePlace) => boolean): number {
    let count = 0;
    for (const [agentId, place] of this.#places) if (is(agentId, place)) count += 1;
    return count;
  }

  get size(): number {
    return this.#places.size;
  }

  /** The primitives of a machine by name; undefined before its first check-in. */
  async primitivesOf(place: MachinePlace): Promise<ReadonlyMap<string, PrimitiveDescription> | undefined> {
    const { primitivesDigest } = place;
    if (primitivesDigest === null) return undefined;
    const known = this.#primitives.get(primitivesDigest);
    if (known !== undefined) return known;
    const list = await readPrimitives(this.#database, primitivesDigest);
    const primitives = new Map(list.map((primitive) => [primitive.name, primitive]));
    if (this.#primitives.size >= maxSets) this.#primitives.clear();
    this.#primitives.set(primitivesDigest, primitives);
    return primitives;
  }
}

/** Lists kept in memory: a hostile machine may say another one at every check-in. */
const maxSets = 64;
