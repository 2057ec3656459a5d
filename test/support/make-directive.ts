/**
 * Directives for tests: an honest one, and every way to spoil it that the case files ask for.
 */
import { base64Url, textOf, utf8 } from '../../protocol/bytes.ts';
import type { Envelope } from '../../protocol/envelope.ts';
import { directiveType } from '../../protocol/statements/directive.ts';
import type { Target } from '../../protocol/statements/directive.ts';
import { paeBytes } from '../../protocol/statements/dsse.ts';
import { merkleTree } from '../../protocol/statements/merkle.ts';
import type { Proof } from '../../protocol/statements/merkle.ts';
import { namedSigner } from './signers.ts';
import { beginning } from './world.ts';
import type { World } from './world.ts';

export type Offered = { readonly envelope: Envelope; readonly proof: Proof };

/** How a directive differs from an honest one. Everything is data. */
export type Make = {
  /** Kept for machines off line; otherwise it is interactive. */
  readonly queued?: boolean;
  /** Fields by dotted path; null takes the field away. `{"$time": s}` is so many seconds after the beginning, `{"$repeat": [text, n]}` a long text. */
  readonly set?: Readonly<Record<string, unknown>>;
  /** Text of the payload replaced before it is signed: odd forms, honestly signed. */
  readonly write?: readonly [string, string];
  /** Names of the keys that sign, in order. */
  readonly signers?: readonly string[];
  /** Machines besides this one under the signature. */
  readonly others?: number;
  /** This machine is not among the targets. */
  readonly elsewhere?: boolean;
  /** The nonce of the leaf, instead of the present one. */
  readonly nonce?: string;
  readonly type?: string;
  /** Done to what was signed, in order. */
  readonly spoil?: readonly Spoil[];
};

export type Spoil =
  | { readonly flip: 'payload' | 'signature'; readonly at: number }
  | { readonly cut: 'payload' | 'signature'; readonly bytes: number }
  | { readonly replace: readonly [string, string] }
  | { readonly type: string }
  | { readonly keyOf: string }
  | { readonly signatures: 'none' | 'too many' | 'first removed' | 'long' }
  | { readonly proof: 'next index' | 'sibling flipped' | 'sibling missing' | 'sibling more' | 'no nonce' | 'other nonce' | 'sibling short' };

/** An honest directive for the world's machine, but for what `make` says. */
export async function makeDirective(world: World, id: string, make: Make = {}): Promise<Offered> {
  const { agentId } = world.trust.identity;
  const nonce = make.nonce ?? world.trust.nonce();
  const targets = targetsOf(make, make.queued === true ? { agentId } : { agentId, nonce });
  const tree = await merkleTree(targets);
  const directive = {
    id,
    level: 1,
    policy: world.policy.version,
    issuedAt: beginning,
    primitive: 'test.echo',
    params: { text: 'hi' },
    targets: { root: base64Url(tree.root), count: targets.length },
    life: make.queued === true ? { kind: 'queued', notAfter: beginning + 3600 } : { kind: 'interactive' },
    timeoutMs: 1000,
  };
  for (const [path, value] of Object.entries(make.set ?? {})) setAt(directive, path, plain(value));
  const text = JSON.stringify(directive);
  const payload = utf8(make.write === undefined ? text : replaced(text, make.write));
  const payloadType = make.type ?? directiveType;
  const signers = (make.signers ?? ['tech']).map(namedSigner);
  const signatures = await Promise.all(signers.map(async (signer) => ({ keyId: signer.keyId, signature: await signer.sign(paeBytes(payloadType, payload)) })));
  return (make.spoil ?? []).reduce(spoiled, { envelope: { payloadType, payload, signatures }, proof: tree.proof(0) });
}

function targetsOf(make: Make, target: Target): Target[] {
  const mine = make.elsewhere === true ? { ...target, agentId: 'f'.repeat(32) } : target;
  return [mine, ...Array.from({ length: make.others ?? 2 }, (_, index) => ({ agentId: (index + 1).toString(16).padStart(32, '0') }))];
}

function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if ('$time' in value && typeof value.$time === 'number') return beginning + value.$time;
  if ('$repeat' in value && Array.isArray(value.$repeat)) return String(value.$repeat[0]).repeat(Number(value.$repeat[1]));
  if ('$nested' in value && typeof value.$nested === 'number') return JSON.parse('['.repeat(value.$nested) + ']'.repeat(value.$nested));
  return value;
}

/** Sets or takes away the field at a dotted path. */
export function setAt(target: object, path: string, value: unknown): void {
  const steps = path.split('.');
  const last = steps.pop() ?? '';
  const holder = steps.reduce<Record<string, unknown>>((at, step) => at[step] as Record<string, unknown>, target as Record<string, unknown>);
  if (value === null) delete holder[last];
  else holder[last] = plain(value);
}

function replaced(text: string, [find, put]: readonly [string, string]): string {
  if (!text.includes(find)) throw new Error(`the case replaces ${find}, which is not there`);
  return text.replace(find, put);
}

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  return bytes.map((byte, index) => (index === (at + bytes.length) % bytes.length ? byte ^ 1 : byte));
}

function spoiled(offered: Offered, spoil: Spoil): Offered {
  if ('proof' in spoil) return { ...offered, proof: spoiledProof(offered.proof, spoil.proof) };
  return { ...offered, envelope: spoiledEnvelope(offered.envelope, spoil) };
}

function spoiledEnvelope(envelope: Envelope, spoil: Exclude<Spoil, { readonly proof: string }>): Envelope {
  const [first, ...rest] = envelope.signatures;
  if (first === undefined) throw new Error('nothing is left to spoil');
  const withSignature = (signature: Uint8Array): Envelope => ({ ...envelope, signatures: [{ ...first, signature }, ...rest] });
  if ('flip' in spoil) return spoil.flip === 'payload' ? { ...envelope, payload: flipped(envelope.payload, spoil.at) } : withSignature(flipped(first.signature, spoil.at));
  if ('cut' in spoil) return spoil.cut === 'payload' ? { ...envelope, payload: envelope.payload.subarray(0, -spoil.bytes) } : withSignature(first.signature.subarray(0, -spoil.bytes));
  if ('replace' in spoil) return { ...envelope, payload: utf8(replaced(textOf(envelope.payload) ?? '', spoil.replace)) };
  if ('type' in spoil) return { ...envelope, payloadType: spoil.type };
  if ('keyOf' in spoil) return { ...envelope, signatures: [{ ...first, keyId: namedSigner(spoil.keyOf).keyId }, ...rest] };
  const signatures = { none: [], 'too many': Array.from({ length: 17 }, () => first), 'first removed': rest, long: [{ ...first, signature: new Uint8Array(513) }] };
  return { ...envelope, signatures: signatures[spoil.signatures] };
}

function spoiledProof(proof: Proof, how: string): Proof {
  const { index, siblings } = proof;
  const [first, ...rest] = siblings;
  const { nonce: _, ...bare } = proof;
  if (how === 'next index') return { ...proof, index: index + 1 };
  if (how === 'sibling flipped' && first !== undefined) return { ...proof, siblings: [flipped(first, 5), ...rest] };
  if (how === 'sibling missing') return { ...proof, siblings: rest };
  if (how === 'sibling more') return { ...proof, siblings: [...siblings, new Uint8Array(32)] };
  if (how === 'sibling short' && first !== undefined) return { ...proof, siblings: [first.subarray(1), ...rest] };
  if (how === 'no nonce') return bare;
  return { ...bare, nonce: '9'.repeat(32) };
}
