/** Passwords, kept as argon2id (RFC 9106) in the PHC string form. */
import { argon2, timingSafeEqual } from 'node:crypto';
import type { Random } from '../../protocol/clock.ts';
import { base64, unbase64, utf8 } from '../../protocol/bytes.ts';
import { limits } from '../../protocol/limits.ts';
import { failure, success } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';

/** OWASP's first recommendation: 19 MiB, two passes, one lane; about 30 ms. */
const cost = { memory: 19 * 1024, passes: 2, parallelism: 1, tagLength: 32 } as const;
const prefix = `$argon2id$v=19$m=${cost.memory},t=${cost.passes},p=${cost.parallelism}$`;
const saltBytes = 16;

/** Chosen so often that guessing begins with them, among those long enough. */
const common = new Set(['1234567890', '12345678910', '0123456789', 'qwertyuiop', 'password12', 'password123', 'password1234', 'passwordpassword', 'administrator', '1q2w3e4r5t', '1q2w3e4r5t6y', 'iloveyou123', 'letmein1234', 'changeme123', 'welcome123', 'abcdefghij']);

/** Long enough, not too common, not the name. `password-weak` otherwise. */
export function checkPassword(password: string, name: string): Outcome<void> {
  const plain = password.normalize('NFKC').toLowerCase();
  const length = [...plain].length;
  if (length < limits.minPasswordLetters) return failure('password-weak', `${length} letters`);
  if (common.has(plain) || new Set(plain).size < 4) return failure('password-weak', 'it is among the first that are guessed');
  return plain.includes(name.normalize('NFKC').toLowerCase()) && name.length > 3 ? failure('password-weak', 'it holds the name') : success(undefined);
}

/**
 * Hashes and verifies, a few at a time: each takes 19 MiB, so a flood of sign-ins must not take all memory.
 */
export class Passwords {
  readonly #random: Random;
  /** Verified against when there is no user, so that an unknown name takes as long as a wrong password. */
  readonly #nobody: Promise<string>;
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(random: Random) {
    this.#random = random;
    this.#nobody = this.hash('nobody has this password').then((hashed) => (hashed.ok ? hashed.value : ''));
  }

  /** The PHC string to keep. */
  async hash(password: string): Promise<Outcome<string>> {
    const salt = this.#random(saltBytes);
    const tag = await this.#inTurn(() => tagOf(password, salt));
    return tag.ok ? success(`${prefix}${base64(salt)}$${base64(tag.value)}`) : tag;
  }

  /** Whether the password belongs to what `hash` gave; `undefined` (no such user) takes as long and is false. */
  async verify(password: string, kept: string | undefined): Promise<Outcome<boolean>> {
    const [salt, expected] = (kept ?? (await this.#nobody)).slice(prefix.length).split('$').map((part) => unbase64(part));
    if (salt === undefined || expected === undefined) throw new Error('a stored password has another form');
    const tag = await this.#inTurn(() => tagOf(password, salt));
    return tag.ok ? success(timingSafeEqual(tag.value, expected) && kept !== undefined) : tag;
  }

  async #inTurn(work: () => Promise<Uint8Array>): Promise<Outcome<Uint8Array>> {
    if (this.#waiting.length >= limits.maxPasswordsWaiting) return failure('rate-limited', 'too many people sign in at once');
    if (this.#running >= limits.maxPasswordsAtOnce) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#running += 1;
    try {
      return success(await work());
    } finally {
      this.#running -= 1;
      this.#waiting.shift()?.();
    }
  }
}

function tagOf(password: string, nonce: Uint8Array): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    argon2('argon2id', { ...cost, message: utf8(password.normalize('NFKC')), nonce }, (error, tag) => (error === null ? resolve(tag) : reject(error)));
  });
}
