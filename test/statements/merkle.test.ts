import { createHash } from 'node:crypto';
import test from 'ava';
import * as fc from 'fast-check';
import { hex } from '../../protocol/bytes.ts';
import { merkleRoot, merkleTree, proofFor, proves } from '../../protocol/statements/merkle.ts';
import type { Target } from '../../protocol/statements/directive.ts';

const seed = Number(process.env['BEHEST_SEED'] ?? Date.now());

function machine(number: number, nonce?: string): Target {
  const agentId = number.toString(16).padStart(32, '0');
  return nonce === undefined ? { agentId } : { agentId, nonce };
}

function machines(count: number): Target[] {
  return Array.from({ length: count }, (_, index) => machine(index, index % 3 === 0 ? hex(Uint8Array.of(index & 255)).repeat(16) : undefined));
}

const sha256 = (...parts: Uint8Array[]): Uint8Array => createHash('sha256').update(Buffer.concat(parts)).digest();

/** RFC 9162 section 2.1.1, word for word and recursive: another way to the same root. */
function rfcRoot(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 1) return sha256(Uint8Array.of(0), leaves[0]!);
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return sha256(Uint8Array.of(1), rfcRoot(leaves.slice(0, split)), rfcRoot(leaves.slice(split)));
}

test('the root is that of RFC 9162 for every count up to 70', async (t) => {
  for (let count = 1; count <= 70; count += 1) {
    const targets = machines(count);
    const leaves = targets.map(({ agentId, nonce }) => Buffer.from(nonce === undefined ? agentId : `${agentId}:${nonce}`));
    t.is(hex(await merkleRoot(targets)), hex(rfcRoot(leaves)), `${count} targets`);
  }
});

test('every member proves, at its own index only, and no stranger does', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 200 }), fc.nat(), fc.nat(), async (count, mine, other) => {
      const targets = machines(count);
      const tree = await merkleTree(targets);
      const index = mine % count;
      const proof = tree.proof(index);
      const target = targets[index]!;
      t.true(await proves(tree.root, count, target, proof));
      const elsewhere = other % count;
      if (elsewhere !== index) {
        t.false(await proves(tree.root, count, target, { ...proof, index: elsewhere }));
        t.false(await proves(tree.root, count, target, tree.proof(elsewhere)));
      }
      t.false(await proves(tree.root, count, machine(count + 1), proof));
      t.false(await proves(tree.root, count, { ...target, nonce: 'f'.repeat(32) }, proof));
    }),
    { seed, numRuns: 100 },
  );
  t.log(`seed ${seed}`);
});

test('a proof of another shape proves nothing', async (t) => {
  const targets = machines(11);
  const { root, proof } = await merkleTree(targets);
  const honest = proof(4);
  const wrong = [
    { ...honest, siblings: honest.siblings.slice(1) },
    { ...honest, siblings: [...honest.siblings, new Uint8Array(32)] },
    { ...honest, siblings: honest.siblings.map((each) => each.subarray(1)) },
    { ...honest, siblings: honest.siblings.toReversed() },
    { ...honest, siblings: Array.from({ length: 40 }, () => new Uint8Array(32)) },
    { ...honest, index: 11 },
    { ...honest, index: -1 },
    { ...honest, index: 4.5 },
    { ...honest, index: Number.NaN },
    { ...honest, index: 2 ** 40 },
  ];
  for (const each of wrong) t.false(await proves(root, 11, targets[4]!, each));
  t.true(await proves(root, 11, targets[4]!, honest));
});

test('another count proves only where the tree has the same shape above the leaf', async (t) => {
  const targets = machines(3);
  const { root, proof } = await merkleTree(targets);
  t.false(await proves(root, 2, targets[0]!, proof(0)));
  t.false(await proves(root, 9, targets[0]!, proof(0)));
  t.false(await proves(root, 0, targets[0]!, proof(0)));
});

test('an inner node cannot pass for a leaf', async (t) => {
  const { root } = await merkleTree(machines(4));
  t.false(await proves(root, 2, { agentId: 'x' }, { index: 0, siblings: [new Uint8Array(32)] }));
});

test('the proof carries the nonce of its leaf', async (t) => {
  t.is((await proofFor([machine(1, 'a'.repeat(32))], 0)).nonce, 'a'.repeat(32));
  t.false(Object.hasOwn(await proofFor([machine(1)], 0), 'nonce'));
});

test('each of 10,000 machines has its proof', async (t) => {
  const targets = machines(10_000);
  const tree = await merkleTree(targets);
  for (const [index, target] of targets.entries()) {
    if (!(await proves(tree.root, 10_000, target, tree.proof(index)))) t.fail(`no proof of machine ${index}`);
  }
  t.pass();
});
