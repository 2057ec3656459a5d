import { createInterface } from 'node:readline';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { acceptInvitation, registerInvitation, requestState } from '../../console/client/invitations.ts';
import { nodeExchange } from '../../console/client/exchange-node.ts';
import { Api } from '../../console/client/http.ts';
import { signInWithPassword } from '../../console/client/sign-in.ts';
import { makeSigningKey } from '../../console/client/signing.ts';
import { signIn } from '../../console/terminal/connection.ts';
import { readProfile, settingsFrom } from '../../console/terminal/profile.ts';
import { systemClock, systemRandom } from '../../protocol/clock.ts';
import { makeInvitation, readInvitation } from '../../protocol/invitation.ts';
import type { Invitation } from '../../protocol/invitation.ts';
import { behest, eventually, start, startQuickly } from '../support/behest.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const password = 'correct horse battery';

/** A page that is not signed in, as far as the network sees. */
function page(data: string): Api {
  const profile = readProfile(settingsFrom({ data }, {}).profilePath);
  if (!profile.ok) throw new Error(profile.detail);
  return new Api(nodeExchange(profile.value));
}

function invitationOf(t: ExecutionContext, link: string): Invitation {
  const invitation = readInvitation(link);
  t.true(invitation.ok);
  if (!invitation.ok) throw new Error(link);
  return invitation.value;
}

test.serial('the sign-in link: a person and their page key come into the policy by the owner, once', async (t) => {
  const data = await temporaryFolder(t);
  const running = await startQuickly(data, ['--no-agent']);
  t.teardown(() => void running.stop());
  const api = page(data);
  const invitation = invitationOf(t, running.ready.signInUrl);
  const { publicKey, keyId } = await makeSigningKey();
  const accepted = await acceptInvitation(api, invitation, { name: 'Jana', password, publicKey });
  t.true(accepted.ok, JSON.stringify(accepted));
  if (!accepted.ok) return;
  await eventually(async () => {
    const state = await requestState(api, accepted.value.requestId);
    return state.ok && state.value === 'signed';
  });
  const signedIn = await signInWithPassword(api, 'jana', password);
  t.is(signedIn.ok ? signedIn.value.name : signedIn.detail, 'Jana');
  t.regex((await behest(data, ['policy', 'show'])).stdout.toString(), new RegExp(`^policy 2 [^]*Jana +everything +web +${keyId}`));

  const again = await acceptInvitation(api, invitation, { name: 'Omar', password, publicKey });
  t.is(again.ok ? '' : again.code, 'invitation-invalid');
  const { stderr } = await running.stop();
  t.regex(stderr, /Jana can sign in now/);
});

test.serial('a key that does not come from the holder of the link is not signed', async (t) => {
  const data = await temporaryFolder(t);
  const running = await startQuickly(data, ['--no-agent']);
  t.teardown(() => void running.stop());
  const api = page(data);
  const invitation = invitationOf(t, running.ready.signInUrl);
  const { publicKey } = await makeSigningKey();
  const { publicKey: falseKey } = await makeSigningKey();
  // What a bad intermediary would do: let the person in, and put its own key in the place of theirs.
  const post = api.post.bind(api);
  api.post = (path, body, read) => post(path, 'publicKey' in body ? { ...body, publicKey: Buffer.from(falseKey).toString('base64url') } : body, read);
  const accepted = await acceptInvitation(api, invitation, { name: 'Jana', password, publicKey });
  t.true(accepted.ok);
  await eventually(() => running.said().includes('signature-invalid'));
  const state = accepted.ok ? await requestState(api, accepted.value.requestId) : accepted;
  t.is(state.ok ? state.value : '', 'waiting');
  t.regex((await behest(data, ['policy', 'show'])).stdout.toString(), /^policy 1 /);
});

test.serial('a link past its time is refused', async (t) => {
  const data = await temporaryFolder(t);
  const running = await startQuickly(data, ['--no-agent']);
  t.teardown(() => void running.stop());
  const owner = await signIn(settingsFrom({ data }, {}));
  t.true(owner.ok);
  if (!owner.ok) return;
  const invitation = makeInvitation(systemRandom);
  const longAgo = { ...systemClock, now: () => systemClock.now() - 24 * 3_600_000 };
  t.true((await registerInvitation(owner.value.api, invitation, longAgo)).ok);
  const { publicKey } = await makeSigningKey();
  const late = await acceptInvitation(page(data), invitation, { name: 'Jana', password, publicKey });
  t.is(late.ok ? '' : late.code, 'invitation-invalid');
});

test.serial('behest invite makes another link, signs who uses it, and ends', async (t) => {
  const data = await temporaryFolder(t);
  const running = await startQuickly(data, ['--no-agent']);
  t.teardown(() => void running.stop());
  const inviting = start(data, ['invite', '--json']);
  const line = await new Promise<string>((resolve) => createInterface({ input: inviting.child.stdout! }).once('line', resolve));
  const { publicKey } = await makeSigningKey();
  const accepted = await acceptInvitation(page(data), invitationOf(t, JSON.parse(line).signInUrl), { name: 'Omar', password, publicKey });
  t.true(accepted.ok);
  const ended = await inviting.ended;
  t.is(ended.code, 0, ended.stderr);
  t.regex(ended.stderr, /Omar is in policy 2/);
});
