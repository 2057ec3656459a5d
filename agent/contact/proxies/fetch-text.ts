/**
 * Fetches a PAC file: directly, never through a proxy, within limits of size and time, from http and https only.
 */
import { get as getPlain } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { get as getSecure } from 'node:https';
import { limits } from '../../../protocol/limits.ts';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';

export async function fetchText(address: string, signal: AbortSignal): Promise<Outcome<string>> {
  let url = URL.parse(address);
  for (let redirects = 0; redirects <= limits.maxPacRedirects; redirects++) {
    if (url?.protocol !== 'http:' && url?.protocol !== 'https:') return failure('pac-unusable', 'its address is neither http nor https');
    const answer = await fetchOnce(url, signal);
    if (!answer.ok || typeof answer.value === 'string') return answer as Outcome<string>;
    url = URL.parse(answer.value.location, url);
  }
  return failure('pac-unusable', `more than ${limits.maxPacRedirects} redirects`);
}

type Fetched = string | { readonly location: string };

/** Details never hold the address: it may hold a password. */
function fetchOnce(url: URL, signal: AbortSignal): Promise<Outcome<Fetched>> {
  return new Promise((resolve) => {
    const get = url.protocol === 'https:' ? getSecure : getPlain;
    const asked = get(url, { signal, agent: false, headers: { accept: 'application/x-ns-proxy-autoconfig, */*' } }, (answer) => {
      readAnswer(answer, (outcome) => {
        resolve(outcome);
        asked.destroy();
      });
    });
    asked.on('error', (error) => resolve(failure('pac-unusable', error.message)));
  });
}

function readAnswer(answer: IncomingMessage, settle: (outcome: Outcome<Fetched>) => void): void {
  const { statusCode: status = 0, headers: { location } } = answer;
  if (status >= 300 && status <= 399 && location !== undefined) return settle(success({ location }));
  if (status !== 200) return settle(failure('pac-unusable', `HTTP ${status} instead of a file`));
  const chunks: Buffer[] = [];
  let bytes = 0;
  answer.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > limits.maxPacBytes) return settle(failure('pac-unusable', `larger than ${limits.maxPacBytes} bytes`));
    chunks.push(chunk);
  });
  answer.on('end', () => settle(success(Buffer.concat(chunks).toString('utf8'))));
  answer.on('error', (error) => settle(failure('pac-unusable', error.message)));
}
