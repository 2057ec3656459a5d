/**
 * Moving a fleet to another address of its intermediary: the next root names the new addresses first and the old ones
 * behind, so that machines accept both; a later root drops the old ones, once every machine has the first.
 */
import type { Clock } from '../../../protocol/clock.ts';
import type { Envelope } from '../../../protocol/envelope.ts';
import type { Machine } from '../../../protocol/messages/live.ts';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import { signStatement } from '../../../protocol/statements/dsse.ts';
import { maxAddresses, rootType } from '../../../protocol/statements/root.ts';
import type { Root } from '../../../protocol/statements/root.ts';
import { lineOf } from '../../client/machine-line.ts';
import type { MachineLine } from '../../client/machine-line.ts';
import type { Owner } from './owner-key.ts';

/** `host:port[,…]` as a list; `usage` for what an agent could not dial. */
export function readAddresses(text: string): Outcome<string[]> {
  const addresses = [...new Set(text.split(',').map((part) => part.trim().toLowerCase()))];
  const wrong = addresses.find((address) => !isAddress(address));
  return wrong === undefined ? success(addresses) : failure('usage', `${wrong === '' ? 'an empty name' : wrong} is not an address; write host:port`);
}

/** As it stands in a root, and nothing else: no scheme, no path. */
function isAddress(address: string): boolean {
  const parsed = URL.parse(`https://${address}/`);
  return parsed !== null && /:\d+$/.test(address) && parsed.host === address.replace(/:443$/, '');
}

/** The root that begins the move. */
export function movedRoot(root: Root, addresses: readonly string[], clock: Clock): Outcome<Root> {
  const all = [...new Set([...addresses, ...root.intermediary.addresses])];
  if (all.length > maxAddresses) return failure('usage', `${all.length} addresses, old ones included; a root names ${maxAddresses} at most`);
  return success(withAddresses(root, all, clock));
}

/** The root that ends it: what the last root named and the one before it did not, or just these. */
export function finishedRoot({ last, before, named }: { readonly last: Root; readonly before: Root | undefined; readonly named: readonly string[] | undefined }, clock: Clock): Outcome<Root> {
  const old = before?.intermediary.addresses ?? [];
  const kept = named ?? last.intermediary.addresses.filter((address) => !old.includes(address));
  if (kept.length === 0) return failure('usage', 'the last root brought no new address; name those that shall stay');
  const unknown = kept.find((address) => !last.intermediary.addresses.includes(address));
  if (unknown !== undefined) return failure('usage', `${unknown} is not in the root in force; begin with behest move-agents ${unknown}`);
  if (kept.length === last.intermediary.addresses.length) return failure('usage', 'there is no other address in the root in force');
  return success(withAddresses(last, kept, clock));
}

/** Signs it with the one key that is here; `root-refused` if that is not enough. */
export async function signNextRoot(owner: Owner, root: Root): Promise<Outcome<Envelope>> {
  if (!root.owners.some(({ id }) => id === owner.publicKey.id)) return failure('root-refused', 'the root names other owners than the key in this data folder');
  if (root.threshold > 1) return failure('root-refused', `the root needs ${root.threshold} owners; here is one key`);
  return success(await signStatement(rootType, root, [owner.signer]));
}

function withAddresses(root: Root, addresses: readonly string[], clock: Clock): Root {
  return { ...root, version: root.version + 1, issuedAt: Math.floor(clock.now() / 1000), intermediary: { ...root.intermediary, addresses: [...addresses] } };
}

export type MoveState = {
  readonly machines: number;
  /** Hold the root, as their check-ins say. */
  readonly confirmed: number;
  /** Of those that have not: due to call soon, and away. */
  readonly polling: number;
  readonly offLine: number;
  /** Are reached by one of these addresses now, as they say themselves. */
  readonly moved: number;
  readonly missing: readonly Machine[];
};

/** How far machines have come with this root. */
export function moveState(machines: readonly Machine[], { version, addresses }: { readonly version: number; readonly addresses: readonly string[] }, nowMs: number): MoveState {
  const missing = machines.filter(({ rootVersion }) => rootVersion < version);
  const moved = machines.filter((machine) => lineOf(machine, nowMs) !== 'off line').filter(({ reached }) => reached !== undefined && addresses.includes(reached.way.address));
  const count = (line: MachineLine): number => missing.filter((machine) => lineOf(machine, nowMs) === line).length;
  return { machines: machines.length, confirmed: machines.length - missing.length, polling: count('polling'), offLine: count('off line'), moved: moved.length, missing };
}

/** `38 of 40 have confirmed; 2 polling, due soon; 1 off line` */
export function moveWords({ machines, confirmed, polling, offLine, moved }: MoveState): string {
  const parts = [`${confirmed} of ${machines} have confirmed`, polling > 0 ? `${polling} polling, due soon` : '', offLine > 0 ? `${offLine} off line` : '', moved > 0 ? `${moved} came by a new address` : ''];
  return parts.filter((part) => part !== '').join('; ');
}
