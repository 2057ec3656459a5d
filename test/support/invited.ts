/** Somebody who came by a sign-in link, from the link to the cookie. */
import { base64Url, hex } from '../../protocol/bytes.ts';
import { systemRandom } from '../../protocol/clock.ts';
import { accessDigest, invitationAccess, invitationProof, makeInvitation } from '../../protocol/invitation.ts';
import type { Invitation } from '../../protocol/invitation.ts';
import type { HttpAnswer, Relay } from './relay.ts';
import { namedSigner } from './signers.ts';

export const password = 'correct horse battery';

/** A link that an administrator has made known. */
export async function invite(relay: Relay, lifeSeconds = 3600): Promise<Invitation> {
  const invitation = makeInvitation(systemRandom);
  const digest = await accessDigest(await invitationAccess(invitation.secret));
  const notAfter = Math.floor(relay.clock.now() / 1000) + lifeSeconds;
  const answer = await relay.ask('/api/invitations', { method: 'POST', token: await relay.tokenOf('admin'), body: { id: invitation.id, accessDigest: digest, notAfter } });
  if (answer.status !== 200) throw new Error(answer.body);
  return invitation;
}

export async function accept(relay: Relay, invitation: Invitation, name: string, part: Record<string, unknown> = {}): Promise<HttpAnswer> {
  const raw = Buffer.from(namedSigner(`page of ${name}`).publicKey.key, 'base64url');
  const access = base64Url(await invitationAccess(invitation.secret));
  const proof = base64Url(await invitationProof(invitation.secret, name, raw));
  return relay.ask('/api/invitations/accept', { method: 'POST', body: { id: invitation.id, access, name, password, publicKey: base64Url(raw), proof, ...part } });
}

/** The owner signs the person into the policy. */
export async function signIntoPolicy(relay: Relay, person: { id: string; name: string }, roles: string[]): Promise<void> {
  const key = { ...namedSigner(`page of ${person.name}`).publicKey, kind: 'web' as const, notAfter: Math.floor(relay.clock.now() / 1000) + 86_400 };
  const changed = await relay.changePolicy((policy) => ({ ...policy, people: [...policy.people, { ...person, keys: [key], roles }] }));
  if (changed.status !== 200) throw new Error(changed.body);
}

/** A user with the password above, in the policy. */
export async function newUser(relay: Relay, name: string, roles: string[] = ['home']): Promise<{ personId: string; requestId: string }> {
  const { json } = await accept(relay, await invite(relay), name);
  await signIntoPolicy(relay, { id: json.personId, name }, roles);
  return json;
}

export type Page = { readonly cookie: string; readonly csrf: string };

export async function signInPage(relay: Relay, name: string): Promise<Page> {
  const answer = await relay.ask('/api/sign-in', { method: 'POST', body: { name, password } });
  if (answer.status !== 200) throw new Error(answer.body);
  const [cookie = ''] = answer.headers['set-cookie'] ?? [];
  return { cookie: cookie.split(';', 1)[0] ?? '', csrf: answer.json.csrf };
}

export function anyId(): string {
  return hex(systemRandom(16));
}
