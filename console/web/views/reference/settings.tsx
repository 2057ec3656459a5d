import { SegmentedControl, Select } from '@mantine/core';
import { useContext, useMemo } from 'react';
import type { ReactNode } from 'react';
import { useConsole, useSettings } from '../../state/console-context.ts';
import { useMe, useSigner } from '../../state/queries.ts';
import { densities, themes } from '../../state/settings.ts';
import { ShortId } from '../../ui/copy.tsx';
import { Note } from '../../ui/notes.tsx';
import { Facts, PageBody, PageHead, Section } from '../../ui/page.tsx';
import { ClockTime, exactText, ZoneContext } from '../../ui/time.tsx';

/** How this page looks to me, and the key it holds. */
export function SettingsView(): ReactNode {
  return (
    <>
      <PageHead title="Settings" aside={<span className="dim">kept in this browser</span>} />
      <PageBody>
        <Looks />
        <MyKey />
      </PageBody>
    </>
  );
}

function Looks(): ReactNode {
  const { settings } = useConsole();
  const now = useSettings();
  const zone = useContext(ZoneContext);
  const zones = useMemo(() => [{ value: 'browser', label: `This browser’s (${Intl.DateTimeFormat().resolvedOptions().timeZone})` }, { value: 'UTC', label: 'UTC' }, ...Intl.supportedValuesOf('timeZone').filter((name) => name !== 'UTC')], []);
  return (
    <Section title="Looks">
      <Facts
        facts={[
          ['Theme', <SegmentedControl key="t" size="xs" aria-label="Theme" value={now.theme} onChange={(value) => settings.change({ theme: themes.find((theme) => theme === value) ?? 'auto' })} data={[{ value: 'auto', label: 'As the system' }, { value: 'light', label: 'Light' }, { value: 'dark', label: 'Dark' }]} />],
          ['Rows', <SegmentedControl key="d" size="xs" aria-label="Rows" value={now.density} onChange={(value) => settings.change({ density: densities.find((density) => density === value) ?? 'compact' })} data={[{ value: 'compact', label: 'Compact' }, { value: 'comfortable', label: 'Comfortable' }]} />],
          ['Time zone', <Select key="z" size="xs" w={280} aria-label="Time zone" searchable data={zones} value={now.timeZone} onChange={(value) => settings.change({ timeZone: value ?? 'browser' })} allowDeselect={false} />],
          ['A time reads', exactText(Date.now(), zone)],
        ]}
      />
    </Section>
  );
}

function MyKey(): ReactNode {
  const me = useMe().data;
  const signer = useSigner().data;
  const key = me?.keys.find(({ keyId }) => keyId === signer?.keyId);
  return (
    <div id="key">
      <Section title="Your key in this browser">
        {signer === null ? (
          <Note tone="amber" title="There is none">
            Your key was made in another browser, or the data of this one was cleared. A key cannot be moved: that is what keeps it safe. Use the other browser, or ask an owner for a new sign-in link (<code>behest invite</code>) and open it here; a new key is
            made and the owner signs it. Until then you can look at everything and run nothing.
          </Note>
        ) : (
          <Facts
            facts={[
              ['Key', signer === undefined ? '…' : <ShortId key="k" id={signer.keyId} />],
              ['Kind', 'page key: made here, cannot be taken out of this browser'],
              ['Ends', key === undefined ? '…' : <ClockTime key="e" atMs={key.notAfter * 1000} />],
              ['Signed in as', me?.name ?? '…'],
            ]}
          />
        )}
      </Section>
    </div>
  );
}
