/**
 * The contact settings that this machine keeps to: the newest signed ones of each scope that covers it. What was made
 * with right stays in force when its signer later loses the right; whoever has it then can set something else.
 */
import type { StatementSync } from 'node:sqlite';
import { contactReaches, reachOf } from '../../protocol/contact-settings.ts';
import type { ContactOverrides, ContactReach, ContactVersions } from '../../protocol/contact-settings.ts';
import { sameBytes } from '../../protocol/bytes.ts';
import type { Envelope } from '../../protocol/envelope.ts';
import { failure, success } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import type { ContactStatement } from '../../protocol/statements/contact.ts';
import { fromJson, toJson } from '../../protocol/statements/envelope-json.ts';
import { readContact } from '../../protocol/statements/read.ts';
import { established } from './candidate.ts';
import { text } from './columns.ts';
import { contactChecks } from './contact-checks.ts';
import type { ContactCandidate, ContactSituation } from './contact-checks.ts';
import type { GroupCommit } from './group-commit.ts';
import type { AgentState } from './state.ts';

type Held = { readonly statement: ContactStatement; readonly payload: Uint8Array };

export class HeldContact {
  readonly #group: GroupCommit;
  readonly #put: StatementSync;
  readonly #held = new Map<ContactReach, Held>();

  private constructor({ db, group }: AgentState) {
    this.#group = group;
    this.#put = db.prepare('INSERT OR REPLACE INTO contact VALUES (?, ?)');
  }

  /** Reads what is held; `store-damaged` if it cannot be read. */
  static load(state: AgentState): Outcome<HeldContact> {
    const contact = new HeldContact(state);
    for (const row of state.db.prepare('SELECT envelope FROM contact').all()) {
      const envelope = fromJson(text(row, 'envelope'));
      const statement = envelope.ok ? readContact(envelope.value.payload) : envelope;
      if (!envelope.ok || !statement.ok) return failure('store-damaged', 'the stored contact settings cannot be read');
      contact.#held.set(reachOf(statement.value.scope), { statement: statement.value, payload: envelope.value.payload });
    }
    return success(contact);
  }

  get versions(): ContactVersions {
    const [everywhere = 0, site = 0, agent = 0] = contactReaches.map((reach) => this.#held.get(reach)?.statement.version);
    return { everywhere, site, agent };
  }

  /** From the farthest scope to the nearest. */
  get overrides(): readonly ContactOverrides[] {
    return contactReaches.flatMap((reach) => this.#held.get(reach)?.statement.overrides ?? []);
  }

  /** Passes the table of checks, then keeps the settings; durable when it says so. Those it holds already do no harm. */
  async accept(envelope: Envelope, situation: Omit<ContactSituation, 'held'>): Promise<Outcome<void>> {
    if ([...this.#held.values()].some(({ payload }) => sameBytes(payload, envelope.payload))) return success(undefined);
    const candidate: ContactCandidate = { envelope, situation: { ...situation, held: this.versions } };
    for (const { check } of contactChecks) {
      const refused = await check(candidate);
      if (refused !== undefined) return refused;
    }
    return this.#keep(established(candidate.statement), envelope);
  }

  /** Newer ones may have come in while these were verified. */
  #keep(statement: ContactStatement, envelope: Envelope): Outcome<void> {
    const reach = reachOf(statement.scope);
    const held = this.versions[reach];
    if (statement.version <= held) return failure('settings-outdated', `version ${statement.version} where ${held} is held`);
    const written = this.#group.writeNow(() => {
      this.#put.run(reach, toJson(envelope));
    });
    if (written.ok) this.#held.set(reach, { statement, payload: envelope.payload });
    return written;
  }
}
