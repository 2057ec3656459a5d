import { Button } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import { useConsole, useLive, useSettings } from '../../state/console-context.ts';
import { Live } from '../../state/live-value.ts';
import type { OpenTerminal } from '../../state/terminal-shelf.ts';
import { TerminalSession } from '../../state/terminal-session.ts';
import type { TerminalState } from '../../state/terminal-session.ts';
import { errorWords, shortSpan } from '../../state/words.ts';
import { Icon } from '../../ui/icon.tsx';
import { TerminalScreen } from '../../ui/terminal-screen.ts';
import { useNow } from '../../ui/time.tsx';
import classes from './machine.module.css';
import { TerminalFind } from './terminal-find.tsx';
import { TerminalKeys } from './terminal-keys.tsx';

export type TerminalPaneProps = { readonly terminal: OpenTerminal; readonly onForget: () => void; readonly onAgain: () => void };

const joining = new Live<TerminalState>({ kind: 'joining' });

/** One terminal over the whole height. */
export function TerminalPane({ terminal, onForget, onAgain }: TerminalPaneProps): ReactNode {
  const { client } = useConsole();
  const { theme } = useSettings();
  const place = useRef<HTMLDivElement>(null);
  const [parts, setParts] = useState<{ screen: TerminalScreen; session: TerminalSession }>();
  const [finding, setFinding] = useState(false);
  useEffect(() => {
    if (place.current === null) return undefined;
    const screen = new TerminalScreen(place.current, { find: () => setFinding(true) });
    const session = new TerminalSession(client, { directiveId: terminal.id, agentId: terminal.agentId, streamKeyPair: terminal.keyPair }, screen);
    screen.connect({ type: (bytes) => session.type(bytes), resize: (columns, rows) => session.resize(columns, rows) });
    setParts({ screen, session });
    return () => {
      session.leave();
      screen.dispose();
      setParts(undefined);
    };
  }, [client, terminal]);
  useEffect(() => parts?.screen.followTheme(), [parts, theme]);
  const state = useLive(parts?.session.state ?? joining);
  return (
    <>
      <div className={classes['screen']}>
        <div ref={place} className={classes['xterm']} />
        {finding && parts !== undefined ? <TerminalFind screen={parts.screen} onClose={() => setFinding(false)} /> : null}
        <Veil state={state} onForget={onForget} onAgain={onAgain} />
      </div>
      {parts === undefined ? null : <TerminalKeys screen={parts.screen} onFind={() => setFinding(true)} />}
    </>
  );
}

type VeilProps = { readonly state: TerminalState; readonly onForget: () => void; readonly onAgain: () => void };

/** What is to be known when the terminal is not simply live; the screen above stays readable. */
function Veil({ state, onForget, onAgain }: VeilProps): ReactNode {
  const span = useNow((now) => (state.kind === 'reconnecting' ? shortSpan(now - state.sinceMs) : ''));
  if (state.kind === 'live' || state.kind === 'joining') return null;
  if (state.kind === 'reconnecting') {
    return (
      <div className={classes['veil']} role="status">
        <Icon name="wait" size={16} />
        <span>Connection lost {span === 'now' ? 'just now' : `for ${span}`}. It is joined again by itself; what you type meanwhile is kept.</span>
      </div>
    );
  }
  const words = state.kind === 'ended' ? endWords(state.exitCode, state.signal) : `${errorWords(state.code).what} ${errorWords(state.code).todo}`;
  const again = (): void => {
    onForget();
    onAgain();
  };
  return (
    <div className={classes['veil']} role="status">
      <span>{words}</span>
      <Button onClick={again}>New terminal</Button>
      <Button variant="default" onClick={onForget}>Close</Button>
    </div>
  );
}

function endWords(exitCode: number | null, signal: string | null): string {
  if (signal !== null) return `The shell was ended by ${signal}.`;
  return exitCode === null || exitCode === 0 ? 'The shell has ended.' : `The shell has ended with exit code ${exitCode}.`;
}
