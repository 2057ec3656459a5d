/**
 * The console's way to the intermediary: requests, the live socket, signing and checking, for browser and terminal
 * alike. This room is the only one of the console that talks to the network; what needs Node stands in `*-node.ts`.
 *
 * This file: one REST exchange. Refusals come back as catalogue codes, answers are held against their schema.
 */
import type { Static, TSchema } from 'typebox';
import { Compile } from 'typebox/schema';
import { isErrorCode } from '../../protocol/errors.ts';
import { failure, success } from '../../protocol/outcome.ts';
import type { Failure, Outcome } from '../../protocol/outcome.ts';

export type HttpRequest = {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** Begins with `/`. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
};
export type HttpAnswer = { readonly status: number; readonly text: string };

/** Carries one request to the intermediary; `unreachable`, `timed-out` or `certificate-refused` where it cannot. */
export type Exchange = (request: HttpRequest) => Promise<Outcome<HttpAnswer>>;

/** Makes a checked value of an answer's JSON. */
export type AnswerReader<T> = (value: unknown) => Outcome<T>;

/** A reader for one schema, compiled once. */
export function answerReader<S extends TSchema>(schema: S): AnswerReader<Static<S>> {
  const validator = Compile(schema);
  return (value) => {
    if (validator.Check(value)) return success(value);
    const [, [first]] = validator.Errors(value);
    return failure('message-malformed', `the intermediary's answer: ${first?.instancePath ?? ''} ${first?.message ?? 'has another form'}`);
  };
}

/** For answers whose content does not matter. */
export const anyAnswer: AnswerReader<void> = () => success(undefined);

export class Api {
  readonly #exchange: Exchange;
  /** `authorization`, or `x-behest-csrf` beside the browser's cookie; renewed by sign-in. */
  #credentials: Readonly<Record<string, string>> = {};

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  /** Sends these headers with every later request. */
  useCredentials(headers: Readonly<Record<string, string>>): void {
    this.#credentials = headers;
  }

  get<T>(path: string, read: AnswerReader<T>): Promise<Outcome<T>> {
    return this.#ask({ method: 'GET', path, headers: this.#credentials }, read);
  }

  post<T>(path: string, body: object, read: AnswerReader<T>): Promise<Outcome<T>> {
    return this.#send('POST', path, JSON.stringify(body), read);
  }

  /** Puts a document that is JSON text already, such as an envelope. */
  put<T>(path: string, json: string, read: AnswerReader<T>): Promise<Outcome<T>> {
    return this.#send('PUT', path, json, read);
  }

  #send<T>(method: 'POST' | 'PUT', path: string, body: string, read: AnswerReader<T>): Promise<Outcome<T>> {
    return this.#ask({ method, path, headers: { ...this.#credentials, 'content-type': 'application/json' }, body }, read);
  }

  async #ask<T>(request: HttpRequest, read: AnswerReader<T>): Promise<Outcome<T>> {
    const answer = await this.#exchange(request);
    if (!answer.ok) return answer;
    const { status, text } = answer.value;
    const json = parse(text);
    if (status >= 400) return refusal(status, json);
    return read(json);
  }
}

/** The path with its query; undefined values are left out. */
export function withQuery(path: string, query: Readonly<Record<string, string | number | undefined>>): string {
  const pairs = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`]));
  return pairs.length === 0 ? path : `${path}?${pairs.join('&')}`;
}

function parse(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refusal(status: number, body: unknown): Failure {
  if (typeof body === 'object' && body !== null && 'code' in body && isErrorCode(body.code)) {
    return failure(body.code, 'detail' in body && typeof body.detail === 'string' ? body.detail : '');
  }
  return failure('internal', `the intermediary answered ${status} without saying why`);
}
