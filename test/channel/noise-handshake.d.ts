/** What the interoperation test uses of the package `noise-handshake`, which has no types of its own. */
declare module 'noise-handshake' {
  export type KeyPair = { publicKey: Uint8Array; secretKey: Uint8Array };

  export default class Noise {
    constructor(pattern: string, isInitiator: boolean, staticKeyPair?: KeyPair, options?: { psk?: Uint8Array });
    /** The rest of the pattern: optional pre-message symbols, then messages of token symbols. */
    handshake: (symbol | symbol[])[];
    protocol: Uint8Array;
    key: Uint8Array | null;
    nonce: number;
    s: KeyPair;
    hash: Uint8Array;
    tx: Uint8Array;
    rx: Uint8Array;
    initialise(prologue: Uint8Array, remoteStatic?: Uint8Array): void;
    send(payload?: Uint8Array): Uint8Array;
    recv(message: Uint8Array): Uint8Array;
    encrypt(plain: Uint8Array, ad: Uint8Array): Uint8Array;
    decrypt(sealed: Uint8Array, ad: Uint8Array): Uint8Array;
  }
}

declare module 'noise-handshake/cipher.js' {
  export default class Cipher {
    constructor(key: Uint8Array);
    encrypt(plain: Uint8Array): Uint8Array;
    decrypt(sealed: Uint8Array): Uint8Array;
  }
}
