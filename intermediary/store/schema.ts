/**
 * The tables as Kysely sees them. Ids are lower-case hex, times are milliseconds since 1970, `*_json` columns are JSON
 * text, `envelope` and `report` columns are signed statements in CBOR (protocol/messages), flags are 0 or 1.
 */
import type { ColumnType, Generated } from 'kysely';
import type { TargetState } from '../../protocol/messages/live.ts';

/** A column that is set when the row is made and never again. */
type Fixed<T> = ColumnType<T, T, never>;

export type Tables = {
  roots: { version: Fixed<number>; envelope: Fixed<Uint8Array> };
  policies: { version: Fixed<number>; envelope: Fixed<Uint8Array> };
  machines: {
    id: Fixed<string>;
    identity_key: Fixed<Uint8Array>;
    site: string;
    enrolled_at_ms: Fixed<number>;
    seen_at_ms: number;
    facts_json: string;
    /** Which primitives it has; null before its first check-in. */
    primitives_digest: string | null;
    policy_version: number;
    root_version: ColumnType<number, number | undefined, number>;
    /** Versions of the contact settings it holds; null before it has said. */
    contact_json: string | null;
    /** How it last got here, and when; null before it has said. */
    reached_json: string | null;
    quarantined: number;
  };
  /** The newest signed contact settings of each scope: `everywhere`, `site:NAME` or `agent:ID`. */
  contact_settings: { scope: Fixed<string>; version: number; envelope: Uint8Array; person_id: string; person_name: string; set_at_ms: number };
  /** Machines of one version share their list, which is long. */
  primitive_sets: { digest: Fixed<string>; primitives_json: Fixed<string> };
  live_keys: { agent_id: Fixed<string>; key_id: string; secret: Uint8Array; number: number };
  /** `judged`: owners know of the copy that may still show it. */
  retired_keys: { key_id: Fixed<string>; agent_id: Fixed<string>; number: Fixed<number>; judged: ColumnType<number, number | undefined, number> };
  resyncs: { id: Fixed<string>; envelope: Fixed<Uint8Array>; not_after_ms: Fixed<number>; uses_left: number };
  /** Which machine came back by which resync, and as which copy. */
  resync_uses: { resync_id: Fixed<string>; agent_id: Fixed<string>; copy: Fixed<string>; used_at_ms: Fixed<number> };
  /** Copies of a machine that were refused, for the owners to choose from. */
  stray_copies: { agent_id: Fixed<string>; copy: Fixed<string>; shown: Fixed<'retired' | 'unknown'>; remote_address: string; first_at_ms: Fixed<number>; last_at_ms: number; judged: number };
  enrolments: { id: Fixed<string>; key_id: Fixed<string>; secret: Uint8Array; site: Fixed<string>; not_after_ms: Fixed<number>; uses_left: number };
  directives: {
    /** Order of arrival. */
    seq: Generated<number>;
    id: Fixed<string>;
    envelope: Fixed<Uint8Array>;
    person_id: Fixed<string>;
    person_name: Fixed<string>;
    submitted_at_ms: Fixed<number>;
    /** When a target that was never sent is given up. */
    give_up_at_ms: Fixed<number>;
    /** A verified cancel, for targets that are not final yet. */
    cancel_envelope: Uint8Array | null;
    target_count: Fixed<number>;
    is_standing: Fixed<number>;
    /** Of its rollout, as signed; null where it says nothing. */
    wave_size: Fixed<number | null>;
    stop_after: Fixed<number | null>;
    /** Targets before this place may leave; null: all of them. */
    released: number | null;
  };
  targets: {
    directive_seq: Fixed<number>;
    agent_id: Fixed<string>;
    /** Place among the targets as signed: the index of the Merkle leaf. */
    place: Fixed<number>;
    /** In the leaf of an interactive directive. */
    nonce: Fixed<string | null>;
    /** The siblings on the way up to the signed root, 32 bytes each. */
    proof: Fixed<Uint8Array>;
    /** `waiting` was certainly never sent; `sent` may have been. */
    state: TargetState;
    changed_at_ms: number;
    report: Uint8Array | null;
  };
  /** Reports of standing directives, one for each firing; `at` is its time by the schedule, seconds since 1970. */
  firings: { directive_seq: Fixed<number>; agent_id: Fixed<string>; at: Fixed<number>; state: Fixed<TargetState>; received_at_ms: Fixed<number>; report: Fixed<Uint8Array> };
  outputs: { directive_id: Fixed<string>; agent_id: Fixed<string>; channel: Fixed<number>; offset: Fixed<number>; bytes: Fixed<Uint8Array> };
  /** `digest`: of the state of all sections; `sections_json`: digest of each; `firing_at`: 0 where no standing directive fired it. */
  audits: { agent_id: Fixed<string>; directive_id: Fixed<string>; firing_at: Fixed<number>; at_ms: Fixed<number>; digest: Fixed<string>; sections_json: Fixed<string> };
  audit_sections: { agent_id: Fixed<string>; digest: Fixed<string>; rows_json: Fixed<string> };
  users: { person_id: Fixed<string>; name: Fixed<string>; name_key: Fixed<string>; password: string };
  sign_ins: {
    digest: Fixed<Uint8Array>;
    person_id: Fixed<string>;
    /** The key that proved the person, or null after a password. */
    key_id: Fixed<string | null>;
    address: Fixed<string>;
    made_at_ms: Fixed<number>;
    used_at_ms: number;
  };
  invitations: { id: Fixed<string>; access_digest: Fixed<string>; not_after_ms: Fixed<number>; used: number };
  key_requests: {
    id: Fixed<string>;
    invitation_id: Fixed<string>;
    person_id: Fixed<string>;
    name: Fixed<string>;
    public_key: Fixed<string>;
    proof: Fixed<string>;
    requested_at_ms: Fixed<number>;
  };
  audit_log: { seq: Fixed<number>; at_ms: Fixed<number>; kind: Fixed<string>; data: Fixed<string>; previous: Fixed<Uint8Array>; hash: Fixed<Uint8Array> };
};
