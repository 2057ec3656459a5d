/** The intermediary's end of one lane: takes each request once, and gives the same answer to the same request again. */
import type { ServerResponse } from 'node:http';
import { sameBytes } from '../../protocol/bytes.ts';
import { contentType, digestOf, encodeAnswer, noDigest } from './bodies.ts';
import type { PollRequest } from './bodies.ts';

export class AcceptingLane {
  /** Requests taken so far: the number of the next. */
  #taken = 0;
  #requestDigest = noDigest;
  #answer: Uint8Array | undefined;
  #answerDigest = noDigest;
  #waiting: ServerResponse | undefined;

  /** A request waits for its answer, on a connection that is open. */
  get isWaiting(): boolean {
    return this.#waiting !== undefined;
  }

  /** What this request is to the lane. */
  judge({ number, previousDigest }: PollRequest, digest: Uint8Array): 'next' | 'repeated' | 'mismatch' {
    if (number === this.#taken - 1) return sameBytes(digest, this.#requestDigest) ? 'repeated' : 'mismatch';
    const isAnswered = this.#taken === 0 || this.#answer !== undefined;
    return number === this.#taken && isAnswered && sameBytes(previousDigest, this.#answerDigest) ? 'next' : 'mismatch';
  }

  /** Takes the next request; its answer will go to `response`, and `left` is called if that is gone before. */
  take(digest: Uint8Array, response: ServerResponse, left: () => void): void {
    this.#taken += 1;
    this.#requestDigest = digest;
    this.#answer = undefined;
    this.#await(response, left);
  }

  /** Takes the last request again: gives its answer again, or lets it wait in place of the one before. */
  repeat(response: ServerResponse, left: () => void): void {
    if (this.#answer !== undefined) return write(response, this.#answer);
    const before = this.#waiting;
    this.#await(response, left);
    before?.destroy();
  }

  /** Answers the last request, now or when it is repeated. `sent` is called when the answer has left. */
  answer(frames: readonly Uint8Array[], goodBye: number, sent: () => void = () => undefined): void {
    if (this.#answer !== undefined || this.#taken === 0) return;
    this.#answer = encodeAnswer({ requestDigest: this.#requestDigest, goodBye, frames });
    this.#answerDigest = digestOf(this.#answer);
    const response = this.#waiting;
    this.#waiting = undefined;
    response?.once('finish', sent);
    if (response !== undefined) write(response, this.#answer);
  }

  #await(response: ServerResponse, left: () => void): void {
    this.#waiting = response;
    response.once('close', () => {
      if (this.#waiting !== response) return;
      this.#waiting = undefined;
      left();
    });
  }
}

/** One answer of ours. */
export function write(response: ServerResponse, body: Uint8Array): void {
  response.writeHead(200, { 'content-type': contentType, 'content-length': body.byteLength, 'cache-control': 'no-store' });
  response.end(body);
}
