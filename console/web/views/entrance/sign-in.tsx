import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { FormEvent, ReactNode } from 'react';
import type { Failure } from '../../../../protocol/outcome.ts';
import { useConsole } from '../../state/console-context.ts';
import { errorWords } from '../../state/words.ts';
import { FailureNote } from '../../ui/notes.tsx';
import { Threshold } from '../../ui/page.tsx';

const route = getRouteApi('/sign-in');

/** Name and password; then back to where one wanted to go. */
export function SignIn(): ReactNode {
  const { to } = route.useSearch();
  const { client } = useConsole();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState<Failure>();
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    const me = await client.signIn(name.trim(), password);
    setBusy(false);
    if (!me.ok) return setFailed(me);
    queries.setQueryData(['me'], me.value);
    await navigate({ to: '/machines', ...insideOnly(to), replace: true });
  };
  return (
    <Threshold title="Sign in" foot="First time here? You need a one-time link from an owner. On a fresh installation, npm start prints one.">
      <form onSubmit={(event) => void submit(event)} style={{ display: 'grid', gap: 14 }}>
        <TextInput label="Name" value={name} onChange={(event) => setName(event.currentTarget.value)} autoComplete="username" autoFocus required withAsterisk={false} />
        <PasswordInput label="Password" value={password} onChange={(event) => setPassword(event.currentTarget.value)} autoComplete="current-password" required withAsterisk={false} />
        {failed === undefined ? null : <FailureNote {...errorWords(failed.code)} code={failed.code} detail={failed.detail} />}
        <Button type="submit" size="sm" loading={busy} disabled={name.trim() === '' || password === ''}>Sign in</Button>
      </form>
    </Threshold>
  );
}

/** Only addresses of this console are gone to. */
function insideOnly(to: string | undefined): { href?: string } {
  return to !== undefined && /^\/(?![/\\])/.test(to) && !/^\/(sign-in|welcome)/.test(to) ? { href: to } : {};
}
