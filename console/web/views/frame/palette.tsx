import { Spotlight, spotlight } from '@mantine/spotlight';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import { useConsole, useMachines } from '../../state/console-context.ts';
import { paletteEntries } from '../../state/palette.ts';
import type { PaletteEntry } from '../../state/palette.ts';
import { useKnownPrimitives } from '../../state/known-primitives.ts';
import { Icon } from '../../ui/icon.tsx';
import { places } from './places.ts';

const icons = { machine: 'machines', run: 'run', terminal: 'terminal', place: 'right', setting: 'settings' } as const;

/** Finds and does: machines, places, “restart spooler on rec-02”. */
export function Palette({ onClose }: { readonly onClose: () => void }): ReactNode {
  const [query, setQuery] = useState('');
  const { site } = useSearch({ strict: false });
  const machines = useMachines().byId;
  const primitives = useKnownPrimitives();
  const act = usePaletteAct();
  useEffect(() => spotlight.open(), []);
  const entries = useMemo(
    () => paletteEntries(query, { machines: [...machines.values()].filter((machine) => site === undefined || machine.site === site), primitives, places }),
    [query, machines, primitives, site],
  );
  return (
    <Spotlight.Root query={query} onQueryChange={setQuery} onSpotlightClose={onClose} shortcut={null} scrollable maxHeight={420} radius={10} overlayProps={{ backgroundOpacity: 0.4, blur: 0 }}>
      <Spotlight.Search placeholder="Machine, place, or: shell on rec-02" leftSection={<Icon name="search" />} />
      <Spotlight.ActionsList>
        {entries.map((entry) => (
          <Spotlight.Action key={entry.id} label={entry.title} description={entry.detail} leftSection={<Icon name={icons[entry.kind]} />} onClick={() => act(entry)} />
        ))}
        {entries.length === 0 ? <Spotlight.Empty>Nothing fits. Try a machine’s name, its address, or what you want to do.</Spotlight.Empty> : null}
      </Spotlight.ActionsList>
    </Spotlight.Root>
  );
}

/** Does what an entry says. Nothing is run from here without its form: the form says what it will do. */
function usePaletteAct(): (entry: PaletteEntry) => void {
  const navigate = useNavigate();
  const { settings } = useConsole();
  return (entry) => {
    if (entry.kind === 'place') void navigate({ to: entry.to });
    else if (entry.kind === 'setting') settings.change({ theme: entry.theme });
    else if (entry.kind === 'machine') void navigate({ to: '/machines/$machineId', params: { machineId: entry.machineId } });
    else if (entry.kind === 'terminal') void navigate({ to: '/machines/$machineId/$tab', params: { machineId: entry.machineId, tab: 'terminal' }, state: { open: true } });
    else void navigate({ to: '/machines/$machineId/$tab', params: { machineId: entry.machineId, tab: 'run' }, search: { primitive: entry.primitive } });
  };
}
