import { Button, PasswordInput, TextInput } from '@mantine/core';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { FormEvent, ReactNode } from 'react';
import { readInvitation } from '../../../../protocol/invitation.ts';
import type { Invitation } from '../../../../protocol/invitation.ts';
import { minPasswordLength, passwordStrength } from '../../state/password-strength.ts';
import { useWelcome } from '../../state/use-welcome.ts';
import type { WelcomeState } from '../../state/use-welcome.ts';
import { errorWords, shortSpan } from '../../state/words.ts';
import { FailureNote, Note } from '../../ui/notes.tsx';
import { Threshold } from '../../ui/page.tsx';
import { StrengthMeter } from '../../ui/strength-meter.tsx';
import { useNow } from '../../ui/time.tsx';

const route = getRouteApi('/welcome/$token');

/** Behind a one-time link: a name, a password, a key made here, and the owner's signature under it. */
export function Welcome(): ReactNode {
  const { token } = route.useParams();
  const link = readInvitation(token);
  return link.ok ? <Invited link={link.value} /> : <LinkDead why="This link is not whole: it was cut or changed on its way." />;
}

function Invited({ link }: { readonly link: Invitation }): ReactNode {
  const welcome = useWelcome(link);
  const { step } = welcome;
  if (step.kind === 'refused' && step.failure.code === 'invitation-invalid') return <LinkDead why={step.failure.detail} />;
  if (step.kind === 'waiting' || step.kind === 'signing-in') return <Waiting step={step} />;
  return <Form welcome={welcome} />;
}

function Form({ welcome }: { readonly welcome: ReturnType<typeof useWelcome> }): ReactNode {
  const { name, password, step } = welcome;
  const strength = passwordStrength(password, name);
  const ready = name.trim() !== '' && password.length >= minPasswordLength && strength.level > 0;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (ready) void welcome.send();
  };
  return (
    <Threshold title="Welcome" foot="Your signing key is made in this browser and never leaves it. Use a browser that is yours.">
      <p className="dim">Choose how you sign in. This link works once.</p>
      <form onSubmit={submit} style={{ display: 'grid', gap: 14 }}>
        <TextInput label="Name" description="As others see it beside what you run." value={name} onChange={(event) => welcome.setName(event.currentTarget.value)} autoComplete="username" maxLength={80} autoFocus required withAsterisk={false} error={step.kind === 'refused' && step.failure.code === 'name-taken' ? 'Somebody has this name already. Choose another.' : false} />
        <div>
          <PasswordInput label="Password" value={password} onChange={(event) => welcome.setPassword(event.currentTarget.value)} autoComplete="new-password" required withAsterisk={false} />
          <div style={{ height: 4 }} />
          <StrengthMeter {...strength} />
        </div>
        {step.kind === 'refused' && step.failure.code !== 'name-taken' ? <FailureNote {...errorWords(step.failure.code)} code={step.failure.code} detail={step.failure.detail} /> : null}
        <Button type="submit" size="sm" loading={step.kind === 'sending'} disabled={!ready}>Make my key and go on</Button>
      </form>
    </Threshold>
  );
}

function Waiting({ step }: { readonly step: Extract<WelcomeState, { kind: 'waiting' } | { kind: 'signing-in' }> }): ReactNode {
  const long = useNow((now) => (step.kind === 'waiting' && now - step.sinceMs > 20_000 ? shortSpan(now - step.sinceMs) : ''));
  return (
    <Threshold title={step.kind === 'waiting' ? 'Waiting for the owner’s signature' : 'Signing you in'}>
      <p className="dim">
        Your key was made in this browser. Machines obey only keys that an owner has signed into the policy, so an owner’s program now checks that this request came from your link, and signs. On a fresh installation this takes a second or two.
      </p>
      <p role="status">{step.kind === 'waiting' ? 'Waiting …' : 'Signed. One moment …'}</p>
      {long === '' ? null : (
        <Note tone="amber" title={`Not signed yet, after ${long}`}>
          The owner’s key may be with a person who must agree, or the program that holds it is not running. Keep this page open, or come back later and sign in with your name and password: the request stays.
        </Note>
      )}
    </Threshold>
  );
}

function LinkDead({ why }: { readonly why: string }): ReactNode {
  return (
    <Threshold title="This link no longer works">
      <FailureNote {...errorWords('invitation-invalid')} code="invitation-invalid" detail={why} />
      <p>A link works once, and for an hour. To get a new one:</p>
      <ul style={{ margin: 0, paddingLeft: 20, display: 'grid', gap: 4 }}>
        <li>On a fresh installation: stop it and run <code>npm start</code> again; it prints a new link.</li>
        <li>Otherwise ask an owner to run <code>behest invite</code>.</li>
      </ul>
      <p>
        Did you use it yourself before? Then <Link to="/sign-in">sign in with your name and password</Link>.
      </p>
    </Threshold>
  );
}
