/**
 * Publishes through an ntfy server (https://docs.ntfy.sh/publish/#publish-as-json): one POST of JSON to its root.
 */
import { limits } from '../../protocol/limits.ts';
import { failure, success } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import type { WakeUpSender } from './sender.ts';

/** Of ntfy's 1 to 5: 2 makes no noise where a person looks on, 5 is delivered at once even to a phone that sleeps. */
const priorities = { low: 2, high: 5 } as const;

export type NtfyOptions = {
  /** `https://ntfy.example.org`, without a path behind it. */
  readonly server: string;
  /** An access token that may publish; without it the server must let everyone. */
  readonly token?: string | undefined;
};

/** Fails with `usage` when the address is none. */
export function ntfySender({ server, token }: NtfyOptions): Outcome<WakeUpSender> {
  const url = URL.parse(server);
  if (url === null || !['http:', 'https:'].includes(url.protocol) || url.username !== '' || url.pathname !== '/' || url.search !== '') {
    return failure('usage', `${server} is not the address of an ntfy server, like https://ntfy.example.org`);
  }
  const headers = { 'content-type': 'application/json', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) };
  return success({
    server: url.origin,
    async send(topic, message, priority) {
      const body = JSON.stringify({ topic, message, priority: priorities[priority] });
      try {
        const answer = await fetch(url, { method: 'POST', body, headers, redirect: 'error', signal: AbortSignal.timeout(limits.wakeUpPublishMs) });
        await answer.body?.cancel();
        if (answer.ok) return success(undefined);
        return failure(answer.status === 429 ? 'rate-limited' : 'unreachable', `${url.origin} answered ${answer.status}`);
      } catch (error) {
        return failure('unreachable', `${url.origin}: ${error instanceof Error ? error.message : 'no answer'}`);
      }
    },
  });
}
