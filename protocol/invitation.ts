/**
 * The one-time sign-in link. Its secret never reaches the intermediary: what the page shows it (`access`) is derived,
 * and what binds the page's new key to the link (`proof`) only the maker of the link can check. So an intermediary
 * that puts a key of its own into the request is found out by the owner who is asked to sign it.
 */
import { base64Url, concat, hex, unbase64Url, utf8 } from './bytes.ts';
import type { Random } from './clock.ts';
import { sha256 } from './crypto.ts';
import { failure, success } from './outcome.ts';
import type { Outcome } from './outcome.ts';

const secretBytes = 32;
const idBytes = 16;
const pathOfWelcome = '#/welcome/';

export type Invitation = {
  /** 128 bits, lower-case hex: what the intermediary knows the link by. */
  readonly id: string;
  /** 256 bits, known to the maker and the holder of the link only. */
  readonly secret: Uint8Array;
};

export function makeInvitation(random: Random): Invitation {
  return { id: hex(random(idBytes)), secret: random(secretBytes) };
}

/** `https://host:port/#/welcome/<id>.<secret>`: behind `#`, so that no browser sends it anywhere. */
export function invitationLink(address: string, invitation: Invitation): string {
  return `${address.replace(/\/+$/, '')}/${pathOfWelcome}${invitation.id}.${base64Url(invitation.secret)}`;
}

/** Reads a whole link, or the part behind `welcome/`. Anything else is `invitation-invalid`. */
export function readInvitation(link: string): Outcome<Invitation> {
  const at = link.indexOf(pathOfWelcome);
  const [id = '', written = '', ...rest] = (at < 0 ? link : link.slice(at + pathOfWelcome.length)).split('.');
  const secret = unbase64Url(written);
  const whole = /^[0-9a-f]{32}$/.test(id) && secret?.byteLength === secretBytes && rest.length === 0;
  return whole && secret !== undefined ? success({ id, secret }) : failure('invitation-invalid', 'the link is not whole');
}

/** What the holder shows to be let in, 32 bytes. The intermediary keeps only its digest. */
export function invitationAccess(secret: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  return derive(secret, 'behest/1 invitation access');
}

/** SHA-256 of the access bytes, lower-case hex: what the maker registers. */
export async function accessDigest(access: Uint8Array): Promise<string> {
  return hex(await sha256(access));
}

/** HMAC-SHA256 over the person's name, a zero byte and the raw public key. */
export async function invitationProof(secret: Uint8Array, name: string, publicKey: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  const key = await proofKey(secret, 'sign');
  return new Uint8Array(await crypto.subtle.sign('HMAC', key, proven(name, publicKey)));
}

/** Whether the holder of this link asked for this name and this key. */
export async function provesInvitation(secret: Uint8Array, claim: { name: string; publicKey: Uint8Array; proof: Uint8Array }): Promise<boolean> {
  const key = await proofKey(secret, 'verify');
  return crypto.subtle.verify('HMAC', key, Uint8Array.from(claim.proof), proven(claim.name, claim.publicKey));
}

function proven(name: string, publicKey: Uint8Array): Uint8Array<ArrayBuffer> {
  return concat(utf8(name), Uint8Array.of(0), publicKey);
}

async function proofKey(secret: Uint8Array, use: 'sign' | 'verify'): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', await derive(secret, 'behest/1 invitation proof'), { name: 'HMAC', hash: 'SHA-256' }, false, [use]);
}

/** HKDF-SHA256 with an empty salt: the secret is uniform already. */
async function derive(secret: Uint8Array, info: string): Promise<Uint8Array<ArrayBuffer>> {
  const key = await crypto.subtle.importKey('raw', Uint8Array.from(secret), 'HKDF', false, ['deriveBits']);
  const bits = await crypto.subtle.deriveBits({ name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(0), info: utf8(info) }, key, 256);
  return new Uint8Array(bits);
}
