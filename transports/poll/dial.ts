/** The agent's end of the poll transports: opens one with an exchange, so that what answers is known to be an intermediary. */
import { hex } from '../../protocol/bytes.ts';
import { systemRandom } from '../../protocol/clock.ts';
import { success } from '../../protocol/outcome.ts';
import { withinDialTime } from '../dialling.ts';
import type { Dialled, DialRequest } from '../dialling.ts';
import { reasonOf } from '../good-bye.ts';
import { idBytes, pathPrefix } from './bodies.ts';
import { Courier } from './courier.ts';
import { DiallingEnd } from './dialling-end.ts';
import type { PollName } from './dialling-end.ts';
import { Lane } from './lane.ts';

/**
 * Opens a transport, or says why not: `certificate-refused`, `timed-out`, `rate-limited` (HTTP 429 or 503), `cancelled`,
 * what the path says, otherwise `unreachable`.
 */
export function dialPoll(name: PollName, request: DialRequest): Promise<Dialled> {
  return withinDialTime(request, async (signal) => {
    const { address, authority, path, clock, memory = {} } = request;
    const courier = new Courier({ address, authority, path, clock, isSecure: name !== 'http-long-poll', page: `${pathPrefix}${hex(systemRandom(idBytes))}` });
    const ending = new AbortController();
    const giveUp = (): void => ending.abort();
    signal.addEventListener('abort', giveUp);
    const first = new Lane({ name: name === 'https-short-poll' ? 'turn' : 'up', courier, clock, signal: ending.signal });
    const opened = await first.once();
    signal.removeEventListener('abort', giveUp);
    const refusal = opened.ok ? reasonOf(opened.value.goodBye) : undefined;
    if (!opened.ok || refusal !== undefined) courier.end();
    if (!opened.ok) return opened;
    if (refusal !== undefined) return { ok: false, code: refusal.code === 'closed' ? 'unreachable' : refusal.code, detail: refusal.detail };
    return success(new DiallingEnd({ name, remoteAddress: address, clock, courier, first, ending, memory }));
  });
}
