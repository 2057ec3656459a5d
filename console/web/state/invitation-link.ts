/**
 * The one-time sign-in link, `#/welcome/<id>.<secret>`: the id names the invitation, the secret stays in this browser.
 */
import { unbase64Url } from '../../../protocol/bytes.ts';

export type InvitationLink = { readonly id: string; readonly secret: Uint8Array };

/** The last part of the link, or undefined when it was cut or changed on the way. */
export function readInvitation(token: string): InvitationLink | undefined {
  const [id = '', secretText = '', ...rest] = token.split('.');
  const secret = unbase64Url(secretText);
  if (rest.length > 0 || !/^[0-9a-f]{32}$/.test(id) || secret === undefined || secret.byteLength < 16) return undefined;
  return { id, secret };
}
