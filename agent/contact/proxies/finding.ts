/**
 * agent/contact/proxies: which proxies this network may have, found without anybody configuring the agent. Each source is one
 * file: a thin reader of what is handed in, and a pure parser of what it read.
 *
 * This file: what a source finds, and what it may look at.
 */
import type { Outcome } from '../../../protocol/outcome.ts';
import { parseProxy } from '../../../transports/proxies/proxy.ts';
import type { Proxy } from '../../../transports/proxies/proxy.ts';

export type Finding =
  | { readonly kind: 'proxy'; readonly foundBy: string; readonly proxy: Proxy; /** Targets that are to be reached without it: see bypass.ts. */ readonly bypass: readonly string[] }
  | { readonly kind: 'pac'; readonly foundBy: string; readonly url: string };

/** Everything of the machine and its network that a source may touch; a test hands in its own. */
export type Surroundings = {
  /** As `process.platform`. */
  readonly platform: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Undefined when the file is not there, not readable or too large. */
  readText(path: string): Promise<string | undefined>;
  /** Full paths of the files in a folder, the newest last; none when there is no such folder. */
  listFiles(folder: string): Promise<readonly string[]>;
  /** What a program writes; undefined when it is not there, fails or takes too long. */
  run(program: string, args: readonly string[], signal: AbortSignal): Promise<string | undefined>;
  /** The IPv4 address of a name. */
  lookup(name: string): Promise<string | undefined>;
  /** A text over http or https, directly and never through a proxy; bounded. */
  fetchText(url: string, signal: AbortSignal): Promise<Outcome<string>>;
  /** The IPv4 address by which this machine is known in its network. */
  ownAddress(): string;
};

export type Source = (surroundings: Surroundings, signal: AbortSignal) => Promise<readonly Finding[]>;

/** A proxy as some setting writes it; none when it is not one. */
export function proxyFinding(foundBy: string, text: string, bypass: readonly string[]): readonly Finding[] {
  const parsed = parseProxy(text.trim());
  return parsed.ok ? [{ kind: 'proxy', foundBy, proxy: parsed.value, bypass }] : [];
}

/** Only http and https: a `file:` or `data:` address would let a setting read this machine. */
export function pacFinding(foundBy: string, url: string): readonly Finding[] {
  const protocol = URL.parse(url.trim())?.protocol;
  return protocol === 'http:' || protocol === 'https:' ? [{ kind: 'pac', foundBy, url: url.trim() }] : [];
}
