/**
 * A wake-up: what the intermediary has an outside service tell an agent that is not connected. Whoever runs that service
 * sees that a machine is wanted, and can withhold it; with the MAC it cannot make one, change one or give one twice.
 */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { formOf } from './form.ts';
import { base64Url, unbase64Url, utf8 } from './bytes.ts';
import { exact, hex32 } from './messages/parts.ts';
import { failure, success } from './outcome.ts';
import type { Outcome } from './outcome.ts';

const whole = Type.Integer({ minimum: 0, maximum: 2 ** 53 - 1 });

export const WakeUp = exact({
  /** Names this wake-up in both logs. */
  id: hex32,
  /** When the intermediary that made it was started, milliseconds since 1970: numbers begin again with each run. */
  run: whole,
  /** 1, 2, 3 … for each machine. */
  number: whole,
  /** `high`: connect at once; `low`: not over a network that costs by the byte. */
  priority: Type.Enum(['low', 'high']),
  /** When it was made, milliseconds since 1970. */
  atMs: whole,
});
export type WakeUp = Static<typeof WakeUp>;

const Sealed = exact({ ...WakeUp.properties, mac: Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' }) });
const form = formOf(Sealed);

/** The text to publish for one machine, under its key of 32 bytes. */
export async function sealWakeUp(wakeUp: WakeUp, agentId: string, key: Uint8Array): Promise<string> {
  const mac = await crypto.subtle.sign('HMAC', await hmacKey(key, 'sign'), said(wakeUp, agentId));
  return JSON.stringify({ ...wakeUp, mac: base64Url(new Uint8Array(mac)) });
}

/** Reads such a text. Fails with `message-malformed`, or `record-unauthentic` when it was not made for this machine under this key. */
export async function openWakeUp(text: string, agentId: string, key: Uint8Array): Promise<Outcome<WakeUp>> {
  const sealed = parse(text);
  const mac = form.check(sealed) ? unbase64Url(sealed.mac) : undefined;
  if (!form.check(sealed) || mac === undefined) return failure('message-malformed', 'this is no wake-up');
  const { id, run, number, priority, atMs } = sealed;
  const wakeUp = { id, run, number, priority, atMs };
  // Web Crypto compares in constant time
  const holds = await crypto.subtle.verify('HMAC', await hmacKey(key, 'verify'), mac, said(wakeUp, agentId));
  return holds ? success(wakeUp) : failure('record-unauthentic', 'the wake-up was not made for this machine under its key');
}

/** No field can hold a line end, so every wake-up has one text. */
function said({ id, run, number, priority, atMs }: WakeUp, agentId: string): Uint8Array<ArrayBuffer> {
  return utf8(['behest/1 wake-up', agentId, id, run, number, priority, atMs].join('\n'));
}

function hmacKey(key: Uint8Array, use: 'sign' | 'verify'): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', Uint8Array.from(key), { name: 'HMAC', hash: 'SHA-256' }, false, [use]);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
