/** Answers computed by another program: a label or an order that changes makes every enrolled agent a stranger. */
import test from 'ava';
import { hex, noBytes, unhex, utf8 } from '../../protocol/bytes.ts';
import { agentIdOf, chainKeys, nextChain } from '../../protocol/channel/channel.ts';
import { importPrivateKey, importPublicKey, sharedSecret } from '../../protocol/channel/noise/x25519.ts';
import { encodeReject } from '../../protocol/channel/reject.ts';

const counting = (from: number): Uint8Array => Uint8Array.from({ length: 32 }, (_, index) => from + index);
const bytes = (text: string): Uint8Array => unhex(text) ?? noBytes;

/** RFC 7748, section 6.1. */
const bob = importPrivateKey(bytes('5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb'));
const alice = importPublicKey(bytes('8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a'));

test('the psk, the key id and the next secret of a chain are what they have always been', (t) => {
  const chain = { secret: counting(0), number: 41 };
  const agentId = agentIdOf(counting(64));
  t.is(agentId, 'ca2a4fe727faaecf16ecd130a86e0885');
  t.is(hex(chainKeys(chain).psk), 'eb7fd555005aef91b5771a5702c0234d43e6982a1ba37daa0a5288432515cdde');
  t.is(hex(chainKeys(chain).keyId), '70fab95397d1dc21');
  const next = nextChain(chain, counting(32), agentId);
  t.is(hex(next.secret), '75fa7e036910d88f623a88399107b8b4016163da4c778ba174c7fe15ee4348c0');
  t.is(next.number, 42);
});

test('X25519 gives the shared secret of RFC 7748, and none for a key of low order', (t) => {
  t.is(hex(sharedSecret(bob, alice) ?? noBytes), '4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742');
  t.is(sharedSecret(bob, importPublicKey(new Uint8Array(32))), undefined);
});

test('a REJECT is what it has always been', (t) => {
  const frame = encodeReject(utf8('hello'), 'key-retired', { own: bob, remote: alice });
  t.is(hex(frame ?? noBytes), '03023715938d645f52e672e6547ab1e60094c1468ed642384fda7412e12addb17239');
});
