import { Button, Switch, Popover, Textarea } from '@mantine/core';
import { useState } from 'react';
import type { ReactNode } from 'react';
import type { RemoteScreen } from '../../ui/remote-screen.ts';
import classes from './machine.module.css';

export type ScreenBarProps = { readonly screen: RemoteScreen | undefined; readonly clipboard: string; readonly onLeave: () => void };

/** What can be done with a screen besides looking at it and typing. */
export function ScreenBar({ screen, clipboard, onLeave }: ScreenBarProps): ReactNode {
  const [viewOnly, setViewOnly] = useState(false);
  const [scaled, setScaled] = useState(true);
  const change = (set: (is: boolean) => void, apply: (screen: RemoteScreen, is: boolean) => void) => (is: boolean): void => {
    set(is);
    if (screen !== undefined) apply(screen, is);
  };
  const look = change(setViewOnly, (on, is) => (on.viewOnly = is));
  const scale = change(setScaled, (on, is) => (on.scaled = is));
  return (
    <div className={classes['screenBar']} role="toolbar" aria-label="Screen">
      <Switch size="xs" label="Only look" checked={viewOnly} disabled={screen === undefined} onChange={(event) => look(event.currentTarget.checked)} />
      <Switch size="xs" label="Fit" checked={scaled} disabled={screen === undefined} onChange={(event) => scale(event.currentTarget.checked)} />
      <button type="button" className={classes['tool']} disabled={screen === undefined || viewOnly} onClick={() => screen?.sendCtrlAltDel()}>Ctrl-Alt-Del</button>
      <ClipboardButton screen={viewOnly ? undefined : screen} clipboard={clipboard} />
      <button type="button" className={classes['tool']} onClick={onLeave}>Leave</button>
    </div>
  );
}

/** Text goes both ways only when somebody says so: a clipboard may hold a password. */
function ClipboardButton({ screen, clipboard }: Pick<ScreenBarProps, 'screen' | 'clipboard'>): ReactNode {
  const [text, setText] = useState('');
  return (
    <Popover position="bottom-start" trapFocus onOpen={() => setText(clipboard)}>
      <Popover.Target>
        <button type="button" className={classes['tool']} disabled={screen === undefined}>Clipboard</button>
      </Popover.Target>
      <Popover.Dropdown>
        <Textarea label="Clipboard of the machine" value={text} onChange={(event) => setText(event.currentTarget.value)} rows={4} w={260} />
        <Button mt={8} onClick={() => screen?.paste(text)}>Give to the machine</Button>
      </Popover.Dropdown>
    </Popover>
  );
}
