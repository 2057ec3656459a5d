/**
 * The owner's answer to a page that used a sign-in link: check with the link's secret that the request comes from
 * whoever holds the link, then sign the person and the key into the next policy.
 */
import { unbase64Url } from '../../../protocol/bytes.ts';
import type { Clock } from '../../../protocol/clock.ts';
import { provesInvitation } from '../../../protocol/invitation.ts';
import type { Invitation } from '../../../protocol/invitation.ts';
import type { KeyRequest } from '../../../protocol/messages/live.ts';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import { keyIdOf } from '../../../protocol/statements/dsse.ts';
import type { Person, Policy } from '../../../protocol/statements/policy.ts';
import type { Api } from '../../client/http.ts';
import type { LiveSocket } from '../../client/live-socket.ts';
import { policyInForce, putPolicy } from '../../client/policies.ts';
import { everything, policyKey, signPolicy } from './first-statements.ts';
import type { Owner } from './owner-key.ts';

/** Somebody else may put a policy in force meanwhile; after so many times something is wrong. */
const attempts = 5;
const overtaken: readonly string[] = ['conflict', 'policy-outdated', 'policy-refused'];

export type Registrar = { readonly api: Api; readonly live: LiveSocket; readonly owner: Owner; readonly clock: Clock };

export type RequestHandlers = {
  /** The person can sign in now. */
  signed(person: { name: string; policyVersion: number }): void;
  /** A request under this link that was not signed. */
  refused(because: { readonly code: string; readonly detail: string }): void;
};

/** Answers every request made under one of these links, until the result is called. */
export function answerRequests(registrar: Registrar, invitations: readonly Invitation[], handlers: RequestHandlers): () => void {
  const seen = new Set<string>();
  let queue: Promise<void> = Promise.resolve();
  return registrar.live.watch(
    { of: 'requests' },
    {
      event: (message) => {
        if (message.kind !== 'request' || seen.has(message.request.id)) return;
        const invitation = invitations.find(({ id }) => id === message.request.invitationId);
        if (invitation === undefined) return;
        seen.add(message.request.id);
        queue = queue.then(() => answer(registrar, invitation, message.request, handlers));
      },
      failed: (refusal) => handlers.refused(refusal),
    },
  );
}

async function answer(registrar: Registrar, { secret }: Invitation, request: KeyRequest, handlers: RequestHandlers): Promise<void> {
  const publicKey = unbase64Url(request.publicKey);
  const proof = unbase64Url(request.proof);
  if (publicKey?.byteLength !== 32 || proof === undefined || !(await provesInvitation(secret, { name: request.name, publicKey, proof }))) {
    return handlers.refused(failure('signature-invalid', `the key for ${request.name} does not come from the holder of the link; it was not signed`));
  }
  const key = { id: await keyIdOf(publicKey), algorithm: 'Ed25519', key: request.publicKey } as const;
  const person: Person = { id: request.personId, name: request.name, keys: [policyKey(key, 'web', registrar.clock)], roles: [everything] };
  const signed = await putIntoPolicy(registrar, person);
  if (signed.ok) handlers.signed({ name: request.name, policyVersion: signed.value });
  else handlers.refused(signed);
}

/** Puts the next policy in force, with this person in it. */
async function putIntoPolicy({ api, owner, clock }: Registrar, person: Person): Promise<Outcome<number>> {
  for (let attempt = 1; ; attempt += 1) {
    const present = await policyInForce(api);
    if (!present.ok) return present;
    if (!present.value.root.owners.some(({ id }) => id === owner.publicKey.id)) return failure('root-refused', 'the root names other owners');
    const next = withPerson(present.value.policy, person, clock);
    const put = await putPolicy(api, await signPolicy(owner, next));
    if (put.ok) return success(next.version);
    if (!overtaken.includes(put.code) || attempt === attempts) return put;
  }
}

/** The next version. A person who is known already keeps their roles and earlier keys. */
export function withPerson(policy: Policy, person: Person, clock: Clock): Policy {
  const known = policy.people.find(({ id }) => id === person.id);
  const newKeys = person.keys.filter(({ id }) => !known?.keys.some((key) => key.id === id));
  const changed = known === undefined ? person : { ...known, keys: [...known.keys, ...newKeys] };
  return {
    ...policy,
    version: policy.version + 1,
    issuedAt: Math.floor(clock.now() / 1000),
    people: [...policy.people.filter(({ id }) => id !== person.id), changed],
  };
}
