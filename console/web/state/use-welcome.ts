/**
 * From the one-time link to being signed in: make the key, send it with the proof of the link, wait for the owner, sign in.
 */
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import type { Invitation } from '../../../protocol/invitation.ts';
import type { Failure } from '../../../protocol/outcome.ts';
import { useConsole } from './console-context.ts';
import { dropPageKey, makePageKey } from './page-keys.ts';

export type WelcomeState =
  | { readonly kind: 'asking' }
  | { readonly kind: 'sending' }
  | { readonly kind: 'signing-in' }
  | { readonly kind: 'waiting'; readonly requestId: string; readonly sinceMs: number }
  | { readonly kind: 'refused'; readonly failure: Failure };

export type Welcoming = {
  readonly name: string;
  readonly password: string;
  readonly step: WelcomeState;
  setName(name: string): void;
  setPassword(password: string): void;
  send(): Promise<void>;
};

const askEveryMs = 700;

export function useWelcome(link: Invitation): Welcoming {
  const { client } = useConsole();
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [step, setStep] = useState<WelcomeState>({ kind: 'asking' });
  const signIn = useFirstSignIn(name.trim(), password, setStep);
  const requestId = step.kind === 'waiting' ? step.requestId : undefined;
  useEffect(() => {
    if (requestId === undefined) return undefined;
    const timer = setInterval(() => {
      void client.invitationState(requestId).then((state) => {
        if (state.ok && state.value === 'signed') void signIn();
      });
    }, askEveryMs);
    return () => clearInterval(timer);
  }, [client, requestId, signIn]);
  const send = async (): Promise<void> => {
    setStep({ kind: 'sending' });
    const key = await makePageKey();
    const accepted = await client.acceptInvitation({ ...link, name: name.trim(), password, publicKey: key.publicKey });
    if (accepted.ok) return setStep({ kind: 'waiting', requestId: accepted.value.requestId, sinceMs: Date.now() });
    await dropPageKey(key.keyId);
    setStep({ kind: 'refused', failure: accepted });
  };
  return { name, password, step, setName, setPassword, send };
}

/** Signs in once; what is refused is shown in the form again. */
function useFirstSignIn(name: string, password: string, setStep: (step: WelcomeState) => void): () => Promise<void> {
  const { client } = useConsole();
  const queries = useQueryClient();
  const navigate = useNavigate();
  return async () => {
    setStep({ kind: 'signing-in' });
    const me = await client.signIn(name, password);
    if (!me.ok) return setStep({ kind: 'refused', failure: me });
    queries.clear();
    queries.setQueryData(['me'], me.value);
    await navigate({ to: '/machines', replace: true });
  };
}
