import { existsSync, readFileSync } from 'node:fs';
import test from 'ava';
import { HandshakeState, type NoiseSuite } from '../../protocol/channel/noise/handshake-state.ts';
import type { CipherName } from '../../protocol/channel/noise/cipher-state.ts';
import type { PatternName } from '../../protocol/channel/noise/patterns.ts';
import type { HashName } from '../../protocol/channel/noise/symmetric-state.ts';
import { importPrivateKey, importPublicKey } from '../../protocol/channel/noise/x25519.ts';
import { noBytes } from '../../protocol/bytes.ts';

type Vector = {
  protocol_name: string;
  init_prologue: string; init_ephemeral: string; init_static?: string; init_remote_static?: string; init_psks?: string[];
  resp_prologue: string; resp_ephemeral: string; resp_static?: string; resp_remote_static?: string; resp_psks?: string[];
  handshake_hash?: string;
  messages: { payload: string; ciphertext: string }[];
};

const file = ['../shared', '../../shared'].map((folder) => `${folder}/vectors/noise-vectors.json`).find((path) => existsSync(path));
const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));
const hex = (data: Uint8Array): string => Buffer.from(data).toString('hex');

function suiteOf(name: string): NoiseSuite {
  const [, pattern, , cipher, hash] = name.split('_');
  return { pattern: pattern as PatternName, cipher: cipher as CipherName, hash: hash as HashName };
}

function sides(vector: Vector): [HandshakeState, HandshakeState] {
  const suite = suiteOf(vector.protocol_name);
  // The entries of one source leave the responder's public key out where the responder's private key is given.
  const remoteOfInitiator = vector.init_remote_static
    ? bytes(vector.init_remote_static)
    : suite.pattern.startsWith('XX') ? undefined : importPrivateKey(bytes(vector.resp_static!)).publicKey.raw;
  const initiator = new HandshakeState({
    suite, role: 'initiator', prologue: bytes(vector.init_prologue),
    ownEphemeral: importPrivateKey(bytes(vector.init_ephemeral)), psks: (vector.init_psks ?? []).map(bytes),
    ...(vector.init_static && { ownStatic: importPrivateKey(bytes(vector.init_static)) }),
    ...(remoteOfInitiator && { remoteStatic: importPublicKey(remoteOfInitiator) }),
  });
  const responder = new HandshakeState({
    suite, role: 'responder', prologue: bytes(vector.resp_prologue),
    ownEphemeral: importPrivateKey(bytes(vector.resp_ephemeral)), psks: (vector.resp_psks ?? []).map(bytes),
    ...(vector.resp_static && { ownStatic: importPrivateKey(bytes(vector.resp_static)) }),
    ...(vector.resp_remote_static && { remoteStatic: importPublicKey(bytes(vector.resp_remote_static)) }),
  });
  return [initiator, responder];
}

if (file) {
  const { vectors } = JSON.parse(readFileSync(file, 'utf8')) as { vectors: Vector[] };
  test('all published vectors are there', (t) => t.is(vectors.length, 19));
  for (const [index, vector] of vectors.entries()) {
    test(`vector ${index + 1} ${vector.protocol_name} is reproduced byte for byte`, (t) => {
      const [initiator, responder] = sides(vector);
      const handshakeMessages = vector.protocol_name.includes('_XX') ? 3 : 2;
      for (const [number, message] of vector.messages.slice(0, handshakeMessages).entries()) {
        const [writer, reader] = number % 2 === 0 ? [initiator, responder] : [responder, initiator];
        const written = writer.writeMessage(bytes(message.payload));
        t.true(written.ok);
        if (!written.ok) return;
        t.is(hex(written.value), message.ciphertext);
        const read = reader.readMessage(written.value);
        t.is(read.ok && hex(read.value), message.payload);
      }
      const ends = [initiator.finish(), responder.finish()] as const;
      if (vector.handshake_hash) t.is(hex(ends[0].handshakeHash), vector.handshake_hash);
      t.deepEqual(ends[0].handshakeHash, ends[1].handshakeHash);
      t.deepEqual(ends[0].chainingKey, ends[1].chainingKey);
      for (const [offset, message] of vector.messages.slice(handshakeMessages).entries()) {
        const initiatorWrites = (offset + handshakeMessages) % 2 === 0;
        const [writer, reader] = initiatorWrites ? ends : [ends[1], ends[0]];
        const sealed = writer.send.encryptWithAd(noBytes, bytes(message.payload));
        t.is(hex(sealed), message.ciphertext);
        t.is(hex(reader.receive.decryptWithAd(noBytes, sealed)!), message.payload);
      }
    });
  }
} else {
  test('published Noise vectors', (t) => {
    t.log('skipped: ../shared/vectors is not here');
    t.pass();
  });
}
