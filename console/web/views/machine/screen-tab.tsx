import { Button, Switch, NumberInput } from '@mantine/core';
import { useState } from 'react';
import type { ReactNode } from 'react';
import type { Machine } from '../../../../protocol/messages/live.ts';
import { useSigner } from '../../state/queries.ts';
import { useCannot } from '../../state/rights.ts';
import type { ScreenWish } from '../../state/screen-session.ts';
import { Icon } from '../../ui/icon.tsx';
import { Empty } from '../../ui/notes.tsx';
import classes from './machine.module.css';
import { ScreenPane } from './screen-pane.tsx';

/** Where VNC servers listen unless told otherwise (RFC 6143, section 1). */
const usualPort = 5900;
const consentText = 'Support asks to see this screen and to use its keyboard and mouse. Do you allow it?';

/** The screen of the machine, by the VNC server that runs there. Nothing is opened before somebody says so. */
export function ScreenTab({ machine }: { readonly machine: Machine }): ReactNode {
  const signer = useSigner().data;
  const [port, setPort] = useState<number | string>(usualPort);
  const cannot = useCannot(machine, 'tunnel.open');
  const [asksFirst, setAsksFirst] = useState(true);
  const [wish, setWish] = useState<ScreenWish>();
  if (wish !== undefined && signer) return <ScreenPane wish={wish} signer={signer} machine={machine} onLeave={() => setWish(undefined)} />;
  if (!machine.online) return <Empty icon="screen" title={`${machine.name} is not there`}>Its screen can be seen when it is on line.</Empty>;
  return (
    <div className={classes['opening']}>
      <Icon name="screen" size={40} />
      <h2>The screen of {machine.name}</h2>
      <p className="dim">It comes from the VNC server on the machine, through a tunnel that is sealed between this browser and the machine.</p>
      <NumberInput label="Port of the VNC server" value={port} onChange={setPort} min={1} max={65_535} allowDecimal={false} clampBehavior="strict" w={200} />
      <Switch label="Ask the person at the machine first" checked={asksFirst} onChange={(event) => setAsksFirst(event.currentTarget.checked)} />
      {signer ? (
        <>
          <Button leftSection={<Icon name="screen" size={16} />} disabled={typeof port !== 'number' || cannot !== undefined} onClick={() => setWish({ agentId: machine.id, port: Number(port), ...(asksFirst ? { consentText } : {}) })}>Show the screen</Button>
          {cannot === undefined ? null : <p>{cannot}</p>}
        </>
      ) : (
        <p>This browser holds no key of yours, so it cannot show it.</p>
      )}
    </div>
  );
}
