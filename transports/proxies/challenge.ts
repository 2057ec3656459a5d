/**
 * Reads what a proxy demands: the list of challenges in `proxy-authenticate` (RFC 9110, section 11.6.1).
 */
export type Challenge = {
  /** In lower case: `basic`, `digest`, … */
  readonly scheme: string;
  /** Names in lower case, values unquoted. */
  readonly parameters: ReadonlyMap<string, string>;
};

const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const gap = /[\s,]*/y;
const parameter = new RegExp(`(${token})\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|(${token}))(?=\\s*(?:,|$))`, 'y');
/** A scheme, and the token68 that some follow it with. */
const scheme = new RegExp(`(${token})(?:\\s+[A-Za-z0-9._~+/-]+=*(?=\\s*(?:,|$)))?(?=\\s|,|$)`, 'y');

/** The challenges in their order. What follows a break of the grammar is left out. */
export function parseChallenges(header: string): readonly Challenge[] {
  const found: { scheme: string; parameters: Map<string, string> }[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(header);
    if (match !== null) at = pattern.lastIndex;
    return match;
  };
  for (take(gap); at < header.length; take(gap)) {
    const pair = found.length === 0 ? null : take(parameter);
    if (pair !== null) {
      found.at(-1)?.parameters.set((pair[1] ?? '').toLowerCase(), pair[3] ?? (pair[2] ?? '').replace(/\\(.)/g, '$1'));
      continue;
    }
    const next = take(scheme);
    if (next === null) return found;
    found.push({ scheme: (next[1] ?? '').toLowerCase(), parameters: new Map() });
  }
  return found;
}
