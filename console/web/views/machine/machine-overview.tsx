import type { ReactNode } from 'react';
import type { Machine } from '../../../../protocol/messages/live.ts';
import { secondsText } from '../../../client/contact-words.ts';
import { lineOf } from '../../../client/machine-line.ts';
import { usePrimitives } from '../../state/queries.ts';
import { relativeTime } from '../../state/words.ts';
import { ShortId } from '../../ui/copy.tsx';
import { Note } from '../../ui/notes.tsx';
import { Facts, PageBody, Section } from '../../ui/page.tsx';
import { ClockTime, RelativeTime, useNow } from '../../ui/time.tsx';
import { ContactSection } from './contact-section.tsx';
import { LatestWork } from './machine-work.tsx';

/** What is known of the machine, and what was done on it lately. */
export function MachineOverview({ machine }: { readonly machine: Machine }): ReactNode {
  const { facts } = machine;
  const primitives = usePrimitives(machine.id).data;
  return (
    <PageBody>
      {machine.online ? null : <Away machine={machine} />}
      <Section title="Last directives">
        <LatestWork machineId={machine.id} />
      </Section>
      <ContactSection machine={machine} />
      <Section title="System">
        <Facts
          facts={[
            ['Host name', facts.hostname],
            ['System', `${facts.osName} · ${facts.architecture}`],
            ['Started', <><RelativeTime key="r" atMs={facts.bootedAtMs} words={relativeTime} /> <span className="dim">(<ClockTime atMs={facts.bootedAtMs} />)</span></>],
            ['Addresses', facts.addresses.length === 0 ? 'none told' : facts.addresses.join(', ')],
            ['Who is signed in', <span key="u" className="dim">unknown: this agent does not tell</span>],
          ]}
        />
      </Section>
      <Section title="Agent">
        <Facts
          facts={[
            ['Version', facts.agentVersion],
            ['Can do', primitives === undefined ? '…' : `${primitives.length} primitives`],
            ['Policy it holds', machine.policyVersion === 0 ? 'not told yet' : `version ${machine.policyVersion}`],
            ['Enrolled', <RelativeTime key="e" atMs={machine.enrolledAtMs} words={relativeTime} />],
            ['Id', <ShortId key="i" id={machine.id} />],
          ]}
        />
      </Section>
    </PageBody>
  );
}

/** Off line is no fault: a laptop sleeps, and a machine that polls is away between its calls. */
function Away({ machine }: { readonly machine: Machine }): ReactNode {
  const line = useNow((now) => lineOf(machine, now));
  const since = <ClockTime atMs={machine.sinceMs} />;
  const every = machine.pollSeconds === undefined ? '' : secondsText(machine.pollSeconds);
  if (line === 'polling') return <Note tone="teal" title={<>Calls every {every}, last at {since}</>}>It is set to poll. What you send waits for its next call.</Note>;
  return (
    <Note tone="teal" title={<>Not reached since {since}</>}>
      {every === '' ? '' : `It is set to call every ${every} and has not. `}It may be asleep or without a network. What you send waits for it until the time you choose.
    </Note>
  );
}
