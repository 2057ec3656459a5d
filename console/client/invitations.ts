/**
 * One-time sign-in links from both ends: made and answered for by an owner, used by a page.
 */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { base64Url } from '../../protocol/bytes.ts';
import type { Clock } from '../../protocol/clock.ts';
import { accessDigest, invitationAccess, invitationProof } from '../../protocol/invitation.ts';
import type { Invitation } from '../../protocol/invitation.ts';
import { limits } from '../../protocol/limits.ts';
import { success } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import { anyAnswer, answerReader } from './http.ts';
import type { Api } from './http.ts';

const Accepted = Type.Object({ requestId: Type.String(), personId: Type.String() });
export type AcceptedInvitation = Static<typeof Accepted>;

const readAccepted = answerReader(Accepted);
const readState = answerReader(Type.Object({ state: Type.Union([Type.Literal('waiting'), Type.Literal('signed')]) }));

/** Makes the link known. Gives the second at which it ends. */
export async function registerInvitation(api: Api, invitation: Invitation, clock: Clock): Promise<Outcome<{ notAfter: number }>> {
  const notAfter = Math.floor((clock.now() + limits.invitationMs) / 1000);
  const digest = await accessDigest(await invitationAccess(invitation.secret));
  const registered = await api.post('/api/invitations', { id: invitation.id, accessDigest: digest, notAfter }, anyAnswer);
  return registered.ok ? success({ notAfter }) : registered;
}

/** Uses the link: name, password and the page's new key, with the proof that only the link's maker can check. */
export async function acceptInvitation(
  api: Api,
  invitation: Invitation,
  person: { name: string; password: string; publicKey: Uint8Array },
): Promise<Outcome<AcceptedInvitation>> {
  const access = await invitationAccess(invitation.secret);
  const proof = await invitationProof(invitation.secret, person.name, person.publicKey);
  const body = {
    id: invitation.id,
    access: base64Url(access),
    name: person.name,
    password: person.password,
    publicKey: base64Url(person.publicKey),
    proof: base64Url(proof),
  };
  return api.post('/api/invitations/accept', body, readAccepted);
}

/** Whether the owner has signed the key of this request into the policy yet. */
export async function requestState(api: Api, requestId: string): Promise<Outcome<'waiting' | 'signed'>> {
  const read = await api.get(`/api/invitations/requests/${encodeURIComponent(requestId)}`, readState);
  return read.ok ? success(read.value.state) : read;
}
