import { Button } from '@mantine/core';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { reachOf } from '../../../../protocol/contact-settings.ts';
import type { ContactLayer, Machine, ReachedAt } from '../../../../protocol/messages/live.ts';
import { settingsInForce } from '../../../client/contact.ts';
import type { SettingInForce } from '../../../client/contact.ts';
import { pathWords, reachedWords, scopeWords, secondsText, settingText, settingWords, transportWords } from '../../../client/contact-words.ts';
import { lineOf } from '../../../client/machine-line.ts';
import { failureOf } from '../../state/queries.ts';
import { useContactLayers } from '../../state/use-contact.ts';
import { errorWords, relativeTime } from '../../state/words.ts';
import { FailureNote } from '../../ui/notes.tsx';
import { Facts, Section } from '../../ui/page.tsx';
import { ClockTime, RelativeTime, useNow } from '../../ui/time.tsx';
import { ContactFormView } from './contact-form.tsx';
import classes from './machine.module.css';

/** How the machine is reached, what was tried in vain, and the settings that it keeps to, to look at and to change. */
export function ContactSection({ machine }: { readonly machine: Machine }): ReactNode {
  const layers = useContactLayers(machine);
  const [changing, setChanging] = useState(false);
  const known = layers.data;
  return (
    <Section title="Contact" aside={changing || known === undefined ? null : <Button variant="default" size="xs" onClick={() => setChanging(true)}>Change settings…</Button>}>
      <Facts facts={[['Reached by', <Way key="w" machine={machine} />], ...wakeUpFacts(machine), ...(known === undefined ? [] : settingsInForce(known).map((setting) => factOf(setting)))]} />
      {layers.error === null ? null : <FailureNote {...errorWords(failureOf(layers.error).code)} code={failureOf(layers.error).code} detail={failureOf(layers.error).detail} action={<Button variant="default" size="xs" onClick={() => void layers.refetch()}>Try again</Button>} />}
      {known === undefined ? null : <NotHeldYet machine={machine} layers={known} />}
      {changing && known !== undefined ? <ContactFormView machine={machine} layers={known} onClose={() => setChanging(false)} /> : null}
    </Section>
  );
}

/** Only where the installation has a wake-up service. */
function wakeUpFacts({ wakeUps }: Machine): (readonly [string, ReactNode])[] {
  if (wakeUps === undefined) return [];
  const { sent, ...heard } = wakeUps;
  const words = Object.entries(heard).filter(([, count]) => count > 0).map(([what, count]) => `${count} ${what}`);
  return [['Wake-ups', [sent === 0 ? 'none sent' : `${sent} sent`, ...words].join(', ')]];
}

function factOf({ field, value, from }: SettingInForce): readonly [string, ReactNode] {
  const source = from === undefined ? 'default' : `${scopeWords(from.scope)}, set by ${from.setBy.name} `;
  return [settingWords[field].label, (
    <span key={field} className={classes['setting']}>
      {settingText(field, value)}
      <span className="dim small">{source}{from === undefined ? null : <RelativeTime atMs={from.setAtMs} words={relativeTime} />}</span>
    </span>
  )];
}

/** In words; of a machine that is off line, or calls now and then, with the time that it is true of. */
function Way({ machine }: { readonly machine: Machine }): ReactNode {
  const line = useNow((now) => lineOf(machine, now));
  const { reached, online, pollSeconds, transport, remoteAddress } = machine;
  if (reached === undefined) {
    const words = online ? `${transportWords(transport)}; the machine has not said by which path` : 'The machine has not said yet how it gets here.';
    return <span className={online ? undefined : 'dim'}>{words}</span>;
  }
  const polls = pollSeconds === undefined ? '' : `calls every ${secondsText(pollSeconds)}, `;
  const time = online ? 'since' : line === 'polling' ? 'last at' : 'off line now, as of';
  return (
    <div className={classes['way']}>
      <span>{reachedWords(reached)}</span>
      <span className="dim small">
        {polls}to {reached.way.address}{online && remoteAddress !== undefined ? `, seen from ${remoteAddress}` : ''}, {time} <ClockTime atMs={reached.atMs} />
      </span>
      {reached.failed.length === 0 ? null : <FailedWays reached={reached} />}
    </div>
  );
}

function FailedWays({ reached: { failed } }: { readonly reached: ReachedAt }): ReactNode {
  return (
    <details className={classes['failedWays']}>
      <summary>{failed.length === 1 ? 'One other way was' : `${failed.length} other ways were`} tried in vain</summary>
      <ul>
        {failed.map(({ transport, path, address, code, detail, atMs }, index) => (
          <li key={index}>
            <span>{transportWords(transport)} {pathWords(path)} to {address}</span>
            <span className="dim small"><code>{code}</code>{detail === '' ? '' : `: ${detail}`}, <ClockTime atMs={atMs} /></span>
          </li>
        ))}
      </ul>
    </details>
  );
}

/** Settings that the machine has not said it holds: it hears of them when it calls. */
function NotHeldYet({ machine, layers }: { readonly machine: Machine; readonly layers: readonly ContactLayer[] }): ReactNode {
  const missing = layers.filter(({ scope, version }) => machine.contact[reachOf(scope)] < version);
  if (missing.length === 0) return null;
  return (
    <p className="dim small" role="status">
      What was set for {missing.map(({ scope }) => scopeWords(scope)).join(' and ')} is not in force on the machine yet{machine.online ? '.' : ': it hears of it when it calls.'}
    </p>
  );
}
