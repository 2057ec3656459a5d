import test from 'ava';
import { base64Url, hex, textOf, unhex, utf8 } from '../../protocol/bytes.ts';
import { addSignature, keyIdOf, paeBytes, signStatement, verifySignature } from '../../protocol/statements/dsse.ts';
import { fromJson, toJson } from '../../protocol/statements/envelope-json.ts';
import { namedSigner } from '../support/signers.ts';

const type = 'application/vnd.behest.test+json';
const ann = namedSigner('ann');
const bob = namedSigner('bob');

test('the pre-authentication encoding is that of the DSSE v1 protocol page', (t) => {
  const pae = paeBytes('http://example.com/HelloWorld', utf8('hello world'));
  t.is(textOf(pae), 'DSSEv1 29 http://example.com/HelloWorld 11 hello world');
});

test('lengths in the encoding count bytes, not characters', (t) => {
  t.is(textOf(paeBytes('té', utf8('ü€'))), 'DSSEv1 3 té 5 ü€');
});

// RFC 8032, section 7.1, tests 1 to 3: public key, message, signature.
const rfc8032 = [
  ['d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a', '', 'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b'],
  ['3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c', '72', '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00'],
  ['fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025', 'af82', '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a'],
] as const;

test('Web Crypto here verifies the Ed25519 vectors of RFC 8032', async (t) => {
  for (const [key, message, signature] of rfc8032) {
    const imported = await crypto.subtle.importKey('raw', unhex(key)!, 'Ed25519', false, ['verify']);
    t.true(await crypto.subtle.verify('Ed25519', imported, unhex(signature)!, unhex(message)!));
  }
});

test('a signature holds for its own key, type and bytes only', async (t) => {
  const envelope = await signStatement(type, { a: 1 }, [ann]);
  t.true(await verifySignature(envelope, ann.publicKey));
  t.false(await verifySignature(envelope, bob.publicKey));
  t.false(await verifySignature({ ...envelope, payloadType: `${type}x` }, ann.publicKey));
  t.false(await verifySignature({ ...envelope, payload: utf8('{"a":2}') }, ann.publicKey));
  t.false(await verifySignature({ ...envelope, signatures: [{ keyId: bob.keyId, signature: envelope.signatures[0]!.signature }] }, bob.publicKey));
});

test('a key that is not a key verifies nothing', async (t) => {
  const envelope = await signStatement(type, { a: 1 }, [ann]);
  t.false(await verifySignature(envelope, { ...ann.publicKey, key: 'AAAA' }));
  t.false(await verifySignature(envelope, { ...ann.publicKey, key: base64Url(new Uint8Array(32)) }));
});

test('a signature can be added, and one key signs once', async (t) => {
  const one = await signStatement(type, { a: 1 }, [ann]);
  const two = await addSignature(await addSignature(one, bob), ann);
  t.deepEqual(two.signatures.map(({ keyId }) => keyId), [bob.keyId, ann.keyId]);
  t.true(await verifySignature(two, ann.publicKey));
  t.true(await verifySignature(two, bob.publicKey));
});

test('a damaged signature before a good one under the same key id does no harm', async (t) => {
  const envelope = await signStatement(type, { a: 1 }, [ann]);
  t.true(await verifySignature({ ...envelope, signatures: [{ keyId: ann.keyId, signature: new Uint8Array(64) }, ...envelope.signatures] }, ann.publicKey));
});

test('a key id is the first half of the digest of the key', async (t) => {
  t.is(await keyIdOf(unhex(rfc8032[0][0])!), '21fe31dfa154a261626bf854046fd227');
  t.is(hex(utf8('a')), '61');
});

test('an envelope survives its JSON form, which is the standard one', async (t) => {
  const envelope = await signStatement(type, { a: 'ü' }, [ann, bob]);
  t.deepEqual(Object.keys(JSON.parse(toJson(envelope))), ['payloadType', 'payload', 'signatures']);
  t.deepEqual(Object.keys(JSON.parse(toJson(envelope)).signatures[0]), ['keyid', 'sig']);
  t.deepEqual(fromJson(toJson(envelope)), { ok: true, value: envelope });
});

test('JSON that is no envelope is refused with its code', async (t) => {
  const whole = JSON.parse(toJson(await signStatement(type, { a: 1 }, [ann])));
  const wrong = ['', '[]', '{', 'null', JSON.stringify({ ...whole, extra: 1 }), JSON.stringify({ ...whole, payload: '%' }), JSON.stringify({ ...whole, signatures: [] }), JSON.stringify({ ...whole, signatures: [{ keyid: 'x', sig: '' }] })];
  for (const text of wrong) t.like(fromJson(text), { ok: false, code: 'statement-malformed' });
});
