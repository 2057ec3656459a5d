/**
 * The proxy that the environment names for the intermediary, since technicians sit behind proxies too: `HTTPS_PROXY`, else
 * `ALL_PROXY`, but for what `NO_PROXY` lists. It only moves bytes: TLS goes through it, to whoever is trusted without it.
 */
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Agent } from 'node:https';
import type { ProxyAgent, proxies } from 'proxy-agent';
import type { ErrorCode } from '../../protocol/errors.ts';
import { limits } from '../../protocol/limits.ts';
import { failure, success } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';

/** One request that may go through it. */
export type ProxyAttempt = {
  readonly agent: Agent;
  /** Tells when the proxy says no, or nothing: the agent alone would wait for ever, and show a refusal as an answer of the intermediary. */
  watch(request: ClientRequest, gaveUp: (code: ErrorCode) => void): void;
};

export type Proxy = {
  /** Without its credentials: `http://10.0.0.5:3128`. */
  readonly name: string;
  attempt(): ProxyAttempt;
};

const kinds: readonly (keyof typeof proxies)[] = ['http', 'https', 'socks', 'socks4', 'socks4a', 'socks5', 'socks5h'];

/** Undefined where none is named, or the intermediary is on this very machine. What it needs is loaded only when there is one. */
export async function proxyFor(address: string): Promise<Outcome<Proxy | undefined>> {
  const named = ['https_proxy', 'all_proxy'].map((name) => process.env[name] || process.env[name.toUpperCase()]).find(Boolean);
  if (named === undefined || isLoopback(new URL(address).hostname)) return success(undefined);
  // as people write it: `10.0.0.5:3128` is an HTTP proxy
  const url = URL.parse(named.includes('://') ? named : `http://${named}`);
  if (url === null || !kinds.some((kind) => `${kind}:` === url.protocol)) return failure('usage', `the proxy in the environment should look like http://name:password@host:port, and http may be ${kinds.slice(1).join(', ')}`);
  const { ProxyAgent: Made } = await import('proxy-agent');
  const byEnvironment = new Made().getProxyForUrl as (address: string) => string | Promise<string>;
  if ((await byEnvironment(address)) === '') return success(undefined); // NO_PROXY
  return success({ name: `${url.protocol}//${url.host}`, attempt: () => attemptThrough(url, Made) });
}

function attemptThrough(proxy: URL, Made: typeof ProxyAgent): ProxyAttempt {
  const ending = new AbortController();
  const agent = new Made({ signal: ending.signal, getProxyForUrl: () => proxy.href });
  return {
    agent,
    watch: (request, gaveUp) => {
      const giveUp = (code: ErrorCode): void => {
        ending.abort(); // what is open half-way
        gaveUp(code);
      };
      const silence = setTimeout(() => giveUp('timed-out'), limits.proxyMs);
      for (const event of ['socket', 'error', 'close']) request.once(event, () => clearTimeout(silence));
      request.once('proxyConnect', ({ statusCode }: IncomingMessage) => {
        if (statusCode !== 200) giveUp(statusCode === 407 ? 'proxy-credentials' : 'proxy-refused');
      });
    },
  };
}

function isLoopback(hostname: string): boolean {
  return /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}
