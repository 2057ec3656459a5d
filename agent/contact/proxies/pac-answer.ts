/**
 * What a PAC file answers: `PROXY a:8080; SOCKS5 b; DIRECT`, in the order in which it wants them tried.
 */
import { limits } from '../../../protocol/limits.ts';
import { parseProxy } from '../../../transports/proxies/proxy.ts';
import type { Proxy } from '../../../transports/proxies/proxy.ts';

export type Choice = Proxy | 'direct';

/** `SOCKS` alone says no version: the newer one is tried, then the older. */
const schemes: Readonly<Record<string, readonly string[]>> = {
  PROXY: ['http'], HTTP: ['http'], HTTPS: ['https'], SOCKS: ['socks5', 'socks4a'], SOCKS4: ['socks4a'], SOCKS5: ['socks5'],
};

/** Its choices; whatever is none is left out. */
export function readPacAnswer(answer: string): readonly Choice[] {
  return answer.split(';').flatMap((part): readonly Choice[] => {
    const [keyword = '', address, ...rest] = part.trim().split(/\s+/);
    const wanted = keyword.toUpperCase();
    if (wanted === 'DIRECT' && address === undefined) return ['direct'];
    if (!Object.hasOwn(schemes, wanted) || address === undefined || rest.length > 0) return [];
    return (schemes[wanted] ?? []).flatMap((scheme) => {
      const parsed = parseProxy(`${scheme}://${address}`);
      return parsed.ok ? [parsed.value] : [];
    });
  }).slice(0, limits.maxPaths);
}
