/**
 * Whether a machine is the one it is named for: its id is the digest of its identity key.
 */
import { useQuery } from '@tanstack/react-query';
import { hex, unbase64Url } from '../../../protocol/bytes.ts';
import type { Machine } from '../../../protocol/messages/live.ts';

/** Undefined while it is being computed. */
export function useIdentity({ id, identityKey }: Machine): boolean | undefined {
  return useQuery({ queryKey: ['identity', id, identityKey], queryFn: () => isNamedFor(id, identityKey), staleTime: Number.POSITIVE_INFINITY, networkMode: 'always' }).data;
}

/** Whether `agentId` is the first 16 bytes of SHA-256 of the key (base64url), in hex. */
export async function isNamedFor(agentId: string, identityKey: string): Promise<boolean> {
  const key = unbase64Url(identityKey);
  if (key === undefined) return false;
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', key));
  return hex(digest.subarray(0, 16)) === agentId;
}
