/**
 * The language of conditions: comparisons of values that the procedure knows. It has no loops, no arithmetic and no way to call
 * anything but `length`, so that each expression ends at once and gives a value; what is not there is null.
 *
 *   or         and (`or` and)*
 *   and        not (`and` not)*
 *   not        `not` not | comparison
 *   comparison value (( == | != | < | <= | > | >= | contains ) value)?
 *   value      'text' | number | true | false | null | name(.name)* | length(or) | (or)
 */
import { limits } from '../limits.ts';
import { failure, success } from '../outcome.ts';
import type { Failure, Outcome } from '../outcome.ts';

export const comparisons = ['==', '!=', '<=', '>=', '<', '>', 'contains'] as const;
export type Comparison = (typeof comparisons)[number];

export type Expression =
  | { readonly kind: 'literal'; readonly value: string | number | boolean | null }
  | { readonly kind: 'path'; readonly path: readonly string[] }
  | { readonly kind: 'or' | 'and'; readonly parts: readonly Expression[] }
  | { readonly kind: 'not' | 'length'; readonly of: Expression }
  | { readonly kind: 'compare'; readonly by: Comparison; readonly left: Expression; readonly right: Expression };

/** One token at the place where matching stands: white space, then a text, a number, a name with its dots, or a sign. */
const token = /\s*(?:'((?:[^'\\]|\\['\\])*)'|(-?\d{1,15}(?:\.\d{1,15})?)(?![\w.])|([A-Za-z][\w-]*(?:\.[\w-]+)*)|(==|!=|<=|>=|<|>|\(|\)))/y;
const words = new Set(['and', 'or', 'not', 'contains', 'length', 'true', 'false', 'null']);

type Token = { readonly kind: 'text' | 'number' | 'name' | 'sign'; readonly text: string };

/** Reads an expression. Fails with `procedure-invalid`, saying where it stops making sense. */
export function parseExpression(text: string): Outcome<Expression> {
  if (text.length > limits.maxExpressionLetters) return failure('procedure-invalid', `an expression has at most ${limits.maxExpressionLetters} letters`);
  const tokens = tokensOf(text);
  return tokens.ok ? new Reader(tokens.value).whole() : tokens;
}

function tokensOf(text: string): Outcome<readonly Token[]> {
  const tokens: Token[] = [];
  const end = text.trimEnd().length;
  for (token.lastIndex = 0; token.lastIndex < end; ) {
    const at = token.lastIndex;
    const [all, quoted, number, name, sign] = token.exec(text) ?? [];
    if (all === undefined) return failure('procedure-invalid', `not understood from “${text.slice(at, at + 20).trim()}” on`);
    if (quoted !== undefined) tokens.push({ kind: 'text', text: quoted.replaceAll(/\\(['\\])/g, '$1') });
    else if (number !== undefined) tokens.push({ kind: 'number', text: number });
    else if (name !== undefined) tokens.push({ kind: words.has(name) ? 'sign' : 'name', text: name });
    else tokens.push({ kind: 'sign', text: sign ?? '' });
  }
  return success(tokens);
}

class Reader {
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  whole(): Outcome<Expression> {
    const read = this.#list('or');
    if (!read.ok || this.#at === this.#tokens.length) return read;
    return this.#unexpected();
  }

  #list(kind: 'or' | 'and'): Outcome<Expression> {
    const parts: Expression[] = [];
    do {
      const part = kind === 'or' ? this.#list('and') : this.#not();
      if (!part.ok) return part;
      parts.push(part.value);
    } while (this.#takes(kind));
    const [only] = parts;
    return success(parts.length === 1 && only !== undefined ? only : { kind, parts });
  }

  #not(): Outcome<Expression> {
    if (!this.#takes('not')) return this.#comparison();
    const of = this.#deeper(() => this.#not());
    return of.ok ? success({ kind: 'not', of: of.value }) : of;
  }

  #comparison(): Outcome<Expression> {
    const left = this.#value();
    if (!left.ok) return left;
    const by = comparisons.find((sign) => this.#takes(sign));
    if (by === undefined) return left;
    const right = this.#value();
    return right.ok ? success({ kind: 'compare', by, left: left.value, right: right.value }) : right;
  }

  #value(): Outcome<Expression> {
    if (this.#takes('(')) return this.#closed();
    if (this.#takes('length')) return this.#length();
    const next = this.#tokens[this.#at];
    const value = next === undefined ? undefined : simpleValue(next);
    if (value === undefined) return this.#unexpected();
    this.#at++;
    return success(value);
  }

  #length(): Outcome<Expression> {
    if (!this.#takes('(')) return this.#unexpected();
    const of = this.#closed();
    return of.ok ? success({ kind: 'length', of: of.value }) : of;
  }

  #closed(): Outcome<Expression> {
    const inside = this.#deeper(() => this.#list('or'));
    if (!inside.ok || this.#takes(')')) return inside;
    return this.#unexpected();
  }

  #deeper(read: () => Outcome<Expression>): Outcome<Expression> {
    if (++this.#depth > limits.maxExpressionDepth) return failure('procedure-invalid', `nested deeper than ${limits.maxExpressionDepth}`);
    const result = read();
    this.#depth--;
    return result;
  }

  #takes(sign: string): boolean {
    const next = this.#tokens[this.#at];
    if (next?.kind !== 'sign' || next.text !== sign) return false;
    this.#at++;
    return true;
  }

  #unexpected(): Failure {
    const next = this.#tokens[this.#at];
    return failure('procedure-invalid', next === undefined ? 'the expression ends too early' : `“${next.text}” is not expected there`);
  }
}

const named: Readonly<Record<string, boolean | null>> = { true: true, false: false, null: null };

function simpleValue({ kind, text }: Token): Expression | undefined {
  if (kind === 'text') return { kind: 'literal', value: text };
  if (kind === 'number') return { kind: 'literal', value: Number(text) };
  if (kind === 'name') return { kind: 'path', path: text.split('.') };
  const value = named[text];
  return value === undefined ? undefined : { kind: 'literal', value };
}
