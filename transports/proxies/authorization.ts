/**
 * What is said to a proxy that asks who is there. Nothing is said unasked, so that a password never goes out in the clear to
 * a proxy that would have taken a digest.
 */
import { hex } from '../../protocol/bytes.ts';
import type { Random } from '../../protocol/clock.ts';
import { parseChallenges } from './challenge.ts';
import type { Challenge } from './challenge.ts';
import { answerDigest, bestDigest } from './digest.ts';
import type { Credentials } from './proxy.ts';

const clientNonceBytes = 16;

export class Authorization {
  readonly #credentials: Credentials | undefined;
  readonly #random: Random;
  /** The challenge that is being answered; kept over connections, so that only the first one is asked. */
  #challenge: Challenge | undefined;
  /** How often the present challenge has been answered. */
  #count = 0;
  /** The present challenge came because the one before it had become stale. */
  #renewed = false;

  constructor(credentials: Credentials | undefined, random: Random) {
    this.#credentials = credentials;
    this.#random = random;
  }

  /** The value of `proxy-authorization` for one request; undefined when there is nothing to say (yet). */
  value(method: string, uri: string): string | undefined {
    if (this.#challenge === undefined || this.#credentials === undefined) return undefined;
    this.#count++;
    if (this.#challenge.scheme === 'basic') return basic(this.#credentials);
    return answerDigest(this.#challenge, this.#credentials, { method, uri, count: this.#count, clientNonce: hex(this.#random(clientNonceBytes)) });
  }

  /** Takes the `proxy-authenticate` of a 407 answer. True: the same request is worth another try. */
  challenged(header: string): boolean {
    const challenges = parseChallenges(header);
    const next = bestDigest(challenges) ?? challenges.find(({ scheme }) => scheme === 'basic');
    if (next === undefined || this.#credentials === undefined || !this.#isWorthwhile(next)) {
      this.#challenge = undefined;
      this.#count = 0;
      return false;
    }
    this.#renewed = this.#count > 0;
    this.#challenge = next;
    this.#count = 0;
    return true;
  }

  /** Without credentials and what can be made of them: a proxy may repeat what it was told. */
  hide(text: string): string {
    if (this.#credentials === undefined) return text;
    const { user, password } = this.#credentials;
    const secrets = [password, basic(this.#credentials).slice('Basic '.length), encodeURIComponent(password), user].filter((secret) => secret !== '');
    return secrets.reduce((shown, secret) => shown.replaceAll(secret, '…'), text);
  }

  /** An answer refused at once means wrong credentials, unless its nonce had become stale; one that held before may be renewed. */
  #isWorthwhile(next: Challenge): boolean {
    if (this.#challenge === undefined || this.#count === 0) return true;
    if (next.scheme === 'basic') return false;
    const isStale = next.parameters.get('stale')?.toLowerCase() === 'true';
    return this.#count > 1 || (isStale && !this.#renewed);
  }
}

/** RFC 7617, in UTF-8 as its section 2.1 advises. */
function basic({ user, password }: Credentials): string {
  return `Basic ${Buffer.from(`${user}:${password}`, 'utf8').toString('base64')}`;
}
