import { Button, PasswordInput } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import type { Machine } from '../../../../protocol/messages/live.ts';
import type { Signer } from '../../../../protocol/statements/dsse.ts';
import { useConsole, useLive } from '../../state/console-context.ts';
import { Live } from '../../state/live-value.ts';
import { ScreenSession } from '../../state/screen-session.ts';
import type { ScreenState, ScreenWish } from '../../state/screen-session.ts';
import { errorWords } from '../../state/words.ts';
import { RemoteScreen } from '../../ui/remote-screen.ts';
import classes from './machine.module.css';
import { ScreenBar } from './screen-bar.tsx';

export type ScreenPaneProps = { readonly wish: ScreenWish; readonly signer: Signer; readonly machine: Machine; readonly onLeave: () => void };

const connecting = new Live<ScreenState>({ kind: 'connecting' });

/** One look at the screen, over the whole height. */
export function ScreenPane({ wish, signer, machine, onLeave }: ScreenPaneProps): ReactNode {
  const { client } = useConsole();
  const place = useRef<HTMLDivElement>(null);
  const [session, setSession] = useState<ScreenSession>();
  const [screen, setScreen] = useState<RemoteScreen>();
  const [clipboard, setClipboard] = useState('');
  useEffect(() => {
    const look = new ScreenSession(client, signer);
    let shown: RemoteScreen | undefined;
    setSession(look);
    void look.open(wish, (connection) => {
      if (place.current === null) return;
      shown = new RemoteScreen(place.current, connection, {
        connected: () => look.is({ kind: 'live' }),
        passwordWanted: () => look.is({ kind: 'password' }),
        refused: () => look.is({ kind: 'refused' }),
        broken: (code) => {
          if (look.state.get().kind !== 'refused') look.end(code, `port ${wish.port}`);
        },
        clipboard: setClipboard,
      });
      setScreen(shown);
    });
    return () => {
      shown?.close();
      look.leave();
      setScreen(undefined);
    };
  }, [client, signer, wish]);
  const state = useLive(session?.state ?? connecting);
  return (
    <div className={classes['terminalTab']}>
      <ScreenBar screen={state.kind === 'live' ? screen : undefined} clipboard={clipboard} onLeave={onLeave} />
      <div className={classes['screen']}>
        <div ref={place} className={classes['vnc']} data-testid="vnc" />
        <ScreenVeil state={state} port={wish.port} machine={machine} onPassword={(password) => screen?.givePassword(password)} onLeave={onLeave} />
      </div>
    </div>
  );
}

type VeilProps = { readonly state: ScreenState; readonly port: number; readonly machine: Machine; readonly onPassword: (password: string) => void; readonly onLeave: () => void };

function ScreenVeil({ state, port, machine, onPassword, onLeave }: VeilProps): ReactNode {
  const [password, setPassword] = useState('');
  switch (state.kind) {
    case 'live': return null;
    case 'asking': return <div className={classes['veil']} role="status"><span>Waiting for the person at {machine.name} to allow it …</span><Button variant="default" onClick={onLeave}>Give up</Button></div>;
    case 'connecting': return <div className={classes['veil']} role="status"><span>Connecting to port {port} of {machine.name} …</span></div>;
    case 'lost': return <div className={classes['veil']} role="status"><span>Connection lost. It is taken up again by itself; the picture stands still meanwhile.</span></div>;
    case 'password':
      return (
        <form className={classes['veil']} onSubmit={(event) => { event.preventDefault(); onPassword(password); }}>
          <PasswordInput label="Password of the VNC server" value={password} onChange={(event) => setPassword(event.currentTarget.value)} autoFocus autoComplete="off" maxLength={256} w={260} />
          <Button type="submit">Go on</Button>
        </form>
      );
    case 'refused': return <Over words="The VNC server did not take the password." onLeave={onLeave} />;
    case 'over': return <Over words={wordsOf(state.code, machine.name, port)} onLeave={onLeave}>{state.code === 'connection-refused' ? <code>x11vnc -display :0 -localhost -rfbport {port} -usepw</code> : null}</Over>;
  }
}

function Over({ words, onLeave, children }: { readonly words: string; readonly onLeave: () => void; readonly children?: ReactNode }): ReactNode {
  return (
    <div className={classes['veil']} role="status">
      <span>{words} {children}</span>
      <Button onClick={onLeave}>Back</Button>
    </div>
  );
}

function wordsOf(code: string, machine: string, port: number): string {
  if (code === 'consent-refused') return `The person at ${machine} did not allow it.`;
  if (code === 'connection-refused') return `No VNC server listens at port ${port} of ${machine}. Start one there, for example:`;
  const { what, todo } = errorWords(code);
  return `${what} ${todo}`;
}
