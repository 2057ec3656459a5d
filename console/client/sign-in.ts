/**
 * Signing in: with name and password in the browser (cookie and CSRF word), with the person's key in the terminal (token).
 */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { base64Url, concat, unbase64Url, utf8 } from '../../protocol/bytes.ts';
import { failure, success } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import type { Signer } from '../../protocol/statements/dsse.ts';
import { PolicyKey } from '../../protocol/statements/policy.ts';
import { anyAnswer, answerReader } from './http.ts';
import type { Api } from './http.ts';

const SignedIn = Type.Object({ personId: Type.String(), name: Type.String(), csrf: Type.String() });
export type SignedIn = Static<typeof SignedIn>;

const Me = Type.Object({
  personId: Type.String(),
  name: Type.String(),
  keys: Type.Array(PolicyKey),
  policyVersion: Type.Integer(),
  csrf: Type.Optional(Type.String()),
});
/** Who is signed in, with the keys that the policy in force knows for them. */
export type Me = Static<typeof Me>;

const readSignedIn = answerReader(SignedIn);
const readMe = answerReader(Me);
const readChallenge = answerReader(Type.Object({ challenge: Type.String() }));
const readToken = answerReader(Type.Object({ token: Type.String() }));

/** The browser gets its cookie by itself; from here on `api` sends the CSRF word with it. */
export async function signInWithPassword(api: Api, name: string, password: string): Promise<Outcome<SignedIn>> {
  const signedIn = await api.post('/api/sign-in', { name, password }, readSignedIn);
  if (signedIn.ok) api.useCredentials({ 'x-behest-csrf': signedIn.value.csrf });
  return signedIn;
}

/** Answers the intermediary's challenge with the key; from here on `api` sends the token, which is also given back. */
export async function signInWithKey(api: Api, signer: Signer): Promise<Outcome<string>> {
  const asked = await api.post('/api/sign-in/challenge', { keyId: signer.keyId }, readChallenge);
  if (!asked.ok) return asked;
  const challenge = unbase64Url(asked.value.challenge);
  if (challenge === undefined) return failure('message-malformed', 'the challenge is not base64url');
  const signature = await signer.sign(concat(utf8('behest/1 sign-in'), challenge));
  const proof = { keyId: signer.keyId, challenge: asked.value.challenge, signature: base64Url(signature) };
  const answered = await api.post('/api/sign-in/key', proof, readToken);
  if (!answered.ok) return answered;
  api.useCredentials({ authorization: `Bearer ${answered.value.token}` });
  return success(answered.value.token);
}

/** Who is signed in. After a reload of the page this also brings back the CSRF word. */
export async function whoAmI(api: Api): Promise<Outcome<Me>> {
  const me = await api.get('/api/me', readMe);
  if (me.ok && me.value.csrf !== undefined) api.useCredentials({ 'x-behest-csrf': me.value.csrf });
  return me;
}

export function signOut(api: Api): Promise<Outcome<void>> {
  return api.post('/api/sign-out', {}, anyAnswer);
}
