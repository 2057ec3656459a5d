/**
 * One signature for any number of machines: the directive signs the root of a Merkle tree over its targets, and each
 * machine gets the way from its own leaf up. Tree and proofs are those of RFC 9162 section 2.1 (SHA-256, leaves hashed
 * after 0x00 and inner nodes after 0x01, so that neither can pass for the other).
 */
import { concat, sameBytes, utf8 } from '../bytes.ts';
import { sha256 } from '../crypto.ts';
import { limits } from '../limits.ts';
import type { Target } from './directive.ts';

const leafPrefix = Uint8Array.of(0x00);
const nodePrefix = Uint8Array.of(0x01);

/** Where a target stands among the targets, what is beside its way up, and the nonce of its leaf if it has one. */
export type Proof = { readonly index: number; readonly siblings: readonly Uint8Array[]; readonly nonce?: string };

export type MerkleTree = {
  readonly root: Uint8Array;
  /** The proof for the target at `index`. */
  proof(index: number): Proof;
};

/** What is hashed for one target: "agentId" or "agentId:nonce". */
export function leafOf(target: Target): Uint8Array<ArrayBuffer> {
  return utf8(target.nonce === undefined ? target.agentId : `${target.agentId}:${target.nonce}`);
}

/** The whole tree over at least one target: 2n hashes; every proof is then a matter of looking it up. */
export async function merkleTree(targets: readonly Target[]): Promise<MerkleTree> {
  let level = await Promise.all(targets.map((target) => hashLeaf(target)));
  const levels = [level];
  while (level.length > 1) {
    level = await Promise.all(pairs(level).map(([left, right]) => (right === undefined ? left : hashNode(left, right))));
    levels.push(level);
  }
  const root = level[0];
  if (root === undefined) throw new RangeError('a Merkle tree needs at least one target');
  return { root, proof: (index) => proofIn(levels, targets, index) };
}

/** The root alone. */
export async function merkleRoot(targets: readonly Target[]): Promise<Uint8Array> {
  return (await merkleTree(targets)).root;
}

/** One proof alone. Whoever needs many builds `merkleTree` once. */
export async function proofFor(targets: readonly Target[], index: number): Promise<Proof> {
  return (await merkleTree(targets)).proof(index);
}

/** Whether `target` is the one at `proof.index` among the `count` targets under `root`. */
export async function proves(root: Uint8Array, count: number, target: Target, proof: Proof): Promise<boolean> {
  const { index, siblings } = proof;
  if (!Number.isSafeInteger(index) || index < 0 || index >= count || siblings.length > limits.maxProofDepth) return false;
  let hash = await hashLeaf(target);
  let used = 0;
  for (let at = index, size = count; size > 1; at >>= 1, size = Math.ceil(size / 2)) {
    if (siblingOf(at) >= size) continue;
    const sibling = siblings[used++];
    if (sibling?.byteLength !== 32) return false;
    hash = at % 2 === 1 ? await hashNode(sibling, hash) : await hashNode(hash, sibling);
  }
  return used === siblings.length && sameBytes(hash, root);
}

function proofIn(levels: readonly (readonly Uint8Array[])[], targets: readonly Target[], index: number): Proof {
  const target = targets[index];
  if (target === undefined) throw new RangeError(`no target ${index}`);
  const siblings: Uint8Array[] = [];
  let at = index;
  for (const level of levels) {
    const sibling = level[siblingOf(at)];
    if (sibling !== undefined) siblings.push(sibling);
    at >>= 1;
  }
  return target.nonce === undefined ? { index, siblings } : { index, siblings, nonce: target.nonce };
}

/** The other one of a pair. The last of an odd level has none and moves up as it is. */
function siblingOf(index: number): number {
  return index % 2 === 0 ? index + 1 : index - 1;
}

function pairs(level: readonly Uint8Array[]): [Uint8Array, Uint8Array | undefined][] {
  const all: [Uint8Array, Uint8Array | undefined][] = [];
  for (const [index, left] of level.entries()) if (index % 2 === 0) all.push([left, level[index + 1]]);
  return all;
}

function hashLeaf(target: Target): Promise<Uint8Array> {
  return sha256(concat(leafPrefix, leafOf(target)));
}

function hashNode(left: Uint8Array, right: Uint8Array): Promise<Uint8Array> {
  return sha256(concat(nodePrefix, left, right));
}
