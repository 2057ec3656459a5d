/**
 * HandshakeState of Noise rev 34 (section 5.3): walks the tokens of a pattern, message by message.
 */
import { failure, success, type Outcome } from '../../outcome.ts';
import { concat } from '../../bytes.ts';
import { tagBytes, type CipherName, type CipherState } from './cipher-state.ts';
import { patternOf, type PatternName, type Token } from './patterns.ts';
import { SymmetricState, type HashName } from './symmetric-state.ts';
import { dhBytes, generateKeyPair, importPublicKey, sharedSecret, type KeyPair, type PublicKey } from './x25519.ts';

export type NoiseSuite = { readonly pattern: PatternName; readonly cipher: CipherName; readonly hash: HashName };

export type HandshakeOptions = {
  readonly suite: NoiseSuite;
  readonly role: 'initiator' | 'responder';
  readonly prologue: Uint8Array;
  /** This side's static key pair, where the pattern has one. */
  readonly ownStatic?: KeyPair;
  /** The other side's static key, where the pattern says it is known beforehand. */
  readonly remoteStatic?: PublicKey;
  /** 32 bytes for each `psk` token, in order. */
  readonly psks?: readonly Uint8Array[];
  /** Made afresh unless given; given by tests of published vectors, and where the caller needs the key afterwards. */
  readonly ownEphemeral?: KeyPair;
};

export type TransportKeys = {
  readonly send: CipherState;
  readonly receive: CipherState;
  /** `h`: public, the same on both sides, different in every handshake. For channel binding (section 11.2). */
  readonly handshakeHash: Uint8Array;
  /** `ck`: secret. For deriving the next chain secret. */
  readonly chainingKey: Uint8Array;
};

type MixToken = Exclude<Token, 'e' | 's'>;

const refused = failure('handshake-refused', 'the handshake message does not open with the expected keys');
const tooShort = failure('handshake-malformed', 'the handshake message is too short');
const weakKey = failure('handshake-malformed', 'the handshake message holds a key of low order');

export class HandshakeState {
  readonly #options: HandshakeOptions;
  readonly #symmetric: SymmetricState;
  readonly #messages: (readonly Token[])[];
  readonly #psks: Uint8Array[];
  readonly #mixesEphemerals: boolean;
  #ownEphemeral: KeyPair | undefined;
  #remoteEphemeral: PublicKey | undefined;
  #remoteStatic: PublicKey | undefined;

  constructor(options: HandshakeOptions) {
    const { suite } = options;
    const pattern = patternOf(suite.pattern);
    this.#options = options;
    this.#symmetric = new SymmetricState(`Noise_${suite.pattern}_25519_${suite.cipher}_${suite.hash}`, suite.cipher, suite.hash);
    this.#messages = [...pattern.messages];
    this.#psks = [...(options.psks ?? [])];
    this.#mixesEphemerals = pattern.messages.some((tokens) => tokens.includes('psk'));
    this.#ownEphemeral = options.ownEphemeral;
    this.#remoteStatic = options.remoteStatic;
    this.#symmetric.mixHash(options.prologue);
    for (const owner of pattern.preMessages) this.#symmetric.mixHash(this.#knownStatic(owner));
  }

  /** The next message with `payload` in it. Fails where a key that the other side sent is of low order. */
  writeMessage(payload: Uint8Array): Outcome<Uint8Array> {
    const parts: Uint8Array[] = [];
    for (const token of this.#nextTokens()) {
      if (token === 'e') parts.push(this.#writeEphemeral());
      else if (token === 's') parts.push(this.#symmetric.encryptAndHash(need(this.#options.ownStatic).publicKey.raw));
      else if (!this.#mix(token)) return weakKey;
    }
    parts.push(this.#symmetric.encryptAndHash(payload));
    return success(concat(...parts));
  }

  /** Takes the other side's next message and gives its payload. After a failure the state must not be used again. */
  readMessage(message: Uint8Array): Outcome<Uint8Array> {
    let rest = message;
    for (const token of this.#nextTokens()) {
      if (token === 'e' || token === 's') {
        const length = token === 's' && this.#symmetric.hasKey ? dhBytes + tagBytes : dhBytes;
        if (rest.length < length) return tooShort;
        const taken = rest.subarray(0, length);
        rest = rest.subarray(length);
        if (token === 'e') this.#readEphemeral(taken);
        else if (!this.#readStatic(taken)) return refused;
      } else if (!this.#mix(token)) return weakKey;
    }
    const payload = this.#symmetric.decryptAndHash(rest);
    return payload ? success(payload) : refused;
  }

  /** Once no message is left. */
  finish(): TransportKeys {
    if (this.#messages.length > 0) throw new Error('the handshake is not over');
    const [first, second] = this.#symmetric.split();
    const { handshakeHash, chainingKey } = this.#symmetric;
    return this.#options.role === 'initiator'
      ? { send: first, receive: second, handshakeHash, chainingKey }
      : { send: second, receive: first, handshakeHash, chainingKey };
  }

  #nextTokens(): readonly Token[] {
    return need(this.#messages.shift());
  }

  #knownStatic(owner: 'initiator' | 'responder'): Uint8Array {
    return owner === this.#options.role ? need(this.#options.ownStatic).publicKey.raw : need(this.#remoteStatic).raw;
  }

  #writeEphemeral(): Uint8Array {
    this.#ownEphemeral ??= generateKeyPair();
    const { raw } = this.#ownEphemeral.publicKey;
    this.#hashEphemeral(raw);
    return raw;
  }

  #readEphemeral(raw: Uint8Array): void {
    this.#remoteEphemeral = importPublicKey(raw);
    this.#hashEphemeral(raw);
  }

  /** With a pre-shared key every ephemeral key is mixed into the key as well (section 9.2). */
  #hashEphemeral(raw: Uint8Array): void {
    this.#symmetric.mixHash(raw);
    if (this.#mixesEphemerals) this.#symmetric.mixKey(raw);
  }

  #readStatic(sealed: Uint8Array): boolean {
    const raw = this.#symmetric.decryptAndHash(sealed);
    if (raw) this.#remoteStatic = importPublicKey(raw);
    return raw !== undefined;
  }

  /** In a token of two letters the first names the initiator's key, the second the responder's. */
  #mix(token: MixToken): boolean {
    if (token === 'psk') {
      this.#symmetric.mixKeyAndHash(need(this.#psks.shift()));
      return true;
    }
    const isInitiator = this.#options.role === 'initiator';
    const own = token[isInitiator ? 0 : 1] === 'e' ? this.#ownEphemeral : this.#options.ownStatic;
    const remote = token[isInitiator ? 1 : 0] === 'e' ? this.#remoteEphemeral : this.#remoteStatic;
    const secret = sharedSecret(need(own), need(remote));
    if (secret) this.#symmetric.mixKey(secret);
    return secret !== undefined;
  }
}

/** What the pattern demands must have been handed in: its absence is a bug of the caller. */
function need<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the handshake pattern needs a key or a message that is not there');
  return value;
}
