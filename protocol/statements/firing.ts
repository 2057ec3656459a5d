/**
 * The id of one firing of a standing directive: made from the directive's and the time in its schedule, so that the same
 * firing has the same id whoever makes it, and can start once.
 */
import { concat, hex, unhex, utf8 } from '../bytes.ts';
import { sha256 } from '../crypto.ts';

/** 32 hex digits, as a directive has. `at`: seconds since 1970. */
export async function firingIdOf(directiveId: string, at: number): Promise<string> {
  const time = new Uint8Array(8);
  new DataView(time.buffer).setBigUint64(0, BigInt(at));
  return hex((await sha256(concat(utf8('behest/1 firing'), unhex(directiveId) ?? new Uint8Array(), time))).subarray(0, 16));
}

/** This machine's place within the spread of a standing directive, seconds: always the same, and nobody's choice. */
export async function spreadOf(directiveId: string, agentId: string, spreadSeconds: number): Promise<number> {
  const digest = await sha256(utf8(`behest/1 spread ${directiveId} ${agentId}`));
  return new DataView(digest.buffer).getUint32(0) % (spreadSeconds + 1);
}
