/**
 * Ours against a second implementation of Noise, in both roles. That package knows BLAKE2b and ChaChaPoly and has no NK; so our hash is a parameter,
 * NK and NKpsk0 are put together from its own tokens, and for AESGCM it is given that cipher from node:crypto, written here independently of ours.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import test from 'ava';
import Noise from 'noise-handshake';
import Cipher from 'noise-handshake/cipher.js';
import { concat, hex, noBytes, utf8 } from '../../protocol/bytes.ts';
import type { CipherName } from '../../protocol/channel/noise/cipher-state.ts';
import { HandshakeState, type HandshakeOptions, type TransportKeys } from '../../protocol/channel/noise/handshake-state.ts';
import { importPrivateKey, importPublicKey } from '../../protocol/channel/noise/x25519.ts';

type Case = { readonly pattern: 'XX' | 'IK' | 'NK' | 'XXpsk0' | 'NKpsk0'; readonly cipher: CipherName };
type Side = { write(payload: Uint8Array): Uint8Array; read(message: Uint8Array): Uint8Array };

const cases: readonly Case[] = [
  { pattern: 'XX', cipher: 'ChaChaPoly' },
  { pattern: 'IK', cipher: 'ChaChaPoly' },
  { pattern: 'XXpsk0', cipher: 'ChaChaPoly' },
  { pattern: 'NK', cipher: 'ChaChaPoly' },
  { pattern: 'NKpsk0', cipher: 'ChaChaPoly' },
  { pattern: 'NK', cipher: 'AESGCM' },
  { pattern: 'NKpsk0', cipher: 'AESGCM' },
];
const prologue = utf8('interop');
const psk = Uint8Array.from(randomBytes(32));

const gcmNonce = (counter: number): Buffer => Buffer.concat([Buffer.alloc(8), Buffer.from([counter >> 24, counter >> 16, counter >> 8, counter])]);

function gcmSeal(key: Uint8Array, counter: number, plain: Uint8Array, ad: Uint8Array): Uint8Array {
  const cipher = createCipheriv('aes-256-gcm', key, gcmNonce(counter)).setAAD(ad);
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function gcmOpen(key: Uint8Array, counter: number, sealed: Uint8Array, ad: Uint8Array): Uint8Array {
  const decipher = createDecipheriv('aes-256-gcm', key, gcmNonce(counter)).setAAD(ad).setAuthTag(sealed.subarray(-16));
  return Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
}

/** Gives their handshake another cipher by replacing the two methods that use it. */
function withGcm(noise: Noise): void {
  noise.encrypt = (plain, ad) => {
    if (!noise.key) return plain;
    noise.nonce += 1;
    return gcmSeal(noise.key, noise.nonce - 1, plain, ad);
  };
  noise.decrypt = (sealed, ad) => {
    if (!noise.key) return sealed;
    noise.nonce += 1;
    return gcmOpen(noise.key, noise.nonce - 1, sealed, ad);
  };
}

function theirs({ pattern, cipher }: Case, isInitiator: boolean): Noise {
  const hasPsk = pattern.endsWith('psk0');
  const noise = new Noise(pattern.startsWith('NK') ? `XX${pattern.slice(2)}` : pattern, isInitiator, undefined, hasPsk ? { psk } : {});
  if (pattern.startsWith('NK')) {
    const [preMessage = [], first = [], second = []] = new Noise('XK', isInitiator).handshake;
    const [[pskToken] = []] = new Noise('NNpsk0', isInitiator).handshake as symbol[][];
    noise.handshake = [preMessage, hasPsk && pskToken ? [pskToken, ...(first as symbol[])] : first, second];
  }
  noise.protocol = Buffer.from(`Noise_${pattern}_25519_${cipher}_BLAKE2b`);
  if (cipher === 'AESGCM') withGcm(noise);
  return noise;
}

function play(initiator: Side, responder: Side, messages: number): string[] {
  return Array.from({ length: messages }, (_, number) => {
    const [writer, reader] = number % 2 === 0 ? [initiator, responder] : [responder, initiator];
    return Buffer.from(reader.read(writer.write(utf8(`payload ${number}`)))).toString();
  });
}

function ourSide(options: HandshakeOptions): { side: Side; finish: () => TransportKeys } {
  const state = new HandshakeState(options);
  const valueOf = (outcome: ReturnType<HandshakeState['readMessage']>): Uint8Array => {
    if (!outcome.ok) throw new Error(outcome.detail);
    return outcome.value;
  };
  return {
    side: { write: (payload) => valueOf(state.writeMessage(payload)), read: (message) => valueOf(state.readMessage(message)) },
    finish: () => state.finish(),
  };
}

for (const example of cases) {
  for (const role of ['initiator', 'responder'] as const) {
    test(`${example.pattern} with ${example.cipher}: the other implementation understands us as ${role}`, (t) => {
      const noise = theirs(example, role === 'responder');
      const ownStatic = importPrivateKey(Uint8Array.from(randomBytes(32)));
      const theirStatic = importPublicKey(Uint8Array.from(noise.s.publicKey));
      const known = !example.pattern.startsWith('XX');
      noise.initialise(Buffer.from(prologue), known && role === 'responder' ? Buffer.from(ownStatic.publicKey.raw) : undefined);
      const { side, finish } = ourSide({
        suite: { ...example, hash: 'BLAKE2b' }, role, prologue, ownStatic,
        ...(known && role === 'initiator' && { remoteStatic: theirStatic }),
        ...(example.pattern.endsWith('psk0') && { psks: [psk] }),
      });
      const other: Side = { write: (payload) => noise.send(Buffer.from(payload)), read: (message) => noise.recv(Buffer.from(message)) };
      const count = example.pattern.startsWith('XX') ? 3 : 2;
      const payloads = role === 'initiator' ? play(side, other, count) : play(other, side, count);
      t.deepEqual(payloads, ['payload 0', 'payload 1', 'payload 2'].slice(0, count));
      const keys = finish();
      t.is(hex(keys.handshakeHash), hex(noise.hash));
      for (let counter = 0; counter < 3; counter += 1) {
        const [up, down] = [utf8(`up ${counter}`), utf8(`down ${counter}`)];
        t.is(hex(openTheirWay(example.cipher, noise.rx, counter, keys.send.encryptWithAd(noBytes, up))), hex(up));
        t.is(hex(keys.receive.decryptWithAd(noBytes, sealTheirWay(example.cipher, noise.tx, counter, down)) ?? noBytes), hex(down));
      }
    });
  }
}

function sealTheirWay(cipher: CipherName, key: Uint8Array, counter: number, plain: Uint8Array): Uint8Array {
  if (cipher === 'AESGCM') return gcmSeal(key, counter, plain, noBytes);
  return theirCipher(key, counter).encrypt(Buffer.from(plain));
}

function openTheirWay(cipher: CipherName, key: Uint8Array, counter: number, sealed: Uint8Array): Uint8Array {
  if (cipher === 'AESGCM') return gcmOpen(key, counter, sealed, noBytes);
  return theirCipher(key, counter).decrypt(Buffer.from(sealed));
}

/** Their cipher after `counter` messages. */
function theirCipher(key: Uint8Array, counter: number): Cipher {
  const cipher = new Cipher(Buffer.from(concat(key)));
  for (let n = 0; n < counter; n += 1) cipher.encrypt(Buffer.alloc(0));
  return cipher;
}
