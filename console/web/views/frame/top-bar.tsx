import { Menu } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import type { ReactNode } from 'react';
import { useConsole, useMachines } from '../../state/console-context.ts';
import { useMe, useSigner } from '../../state/queries.ts';
import { Icon } from '../../ui/icon.tsx';
import { Key } from '../../ui/kbd.tsx';
import { ConnectionSign } from './connection-sign.tsx';
import classes from './frame.module.css';

/** Where one is, search, whether it is live, who one is. */
export function TopBar({ onPalette, onKeys }: { readonly onPalette: () => void; readonly onKeys: () => void }): ReactNode {
  return (
    <header className={classes['top']}>
      <SiteScope />
      <button type="button" className={classes['finder']} onClick={onPalette}>
        <Icon name="search" size={15} />
        <span>Search or do: machines, actions …</span>
        <Key keys="mod+k" />
      </button>
      <ConnectionSign />
      <Person onKeys={onKeys} />
    </header>
  );
}

/** The site that everything is narrowed to; kept in the address. */
function SiteScope(): ReactNode {
  const { byId } = useMachines();
  const { site } = useSearch({ strict: false });
  const navigate = useNavigate();
  const sites = useMemo(() => countSites([...byId.values()].map((machine) => machine.site)), [byId]);
  const choose = (next: string | undefined): void => void navigate({ to: '.', search: (old) => ({ ...old, site: next }) });
  return (
    <Menu position="bottom-start" width={240}>
      <Menu.Target>
        <button type="button" className={classes['scope']} aria-label={`Site: ${site ?? 'all sites'}`}>
          <span>{site ?? 'All sites'}</span>
          <Icon name="down" size={14} />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => choose(undefined)} rightSection={<span className="dim small figures">{byId.size}</span>}>All sites</Menu.Item>
        {sites.map(([name, count]) => (
          <Menu.Item key={name} onClick={() => choose(name)} rightSection={<span className="dim small figures">{count}</span>}>
            {name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function countSites(sites: readonly string[]): readonly (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const site of sites) counts.set(site, (counts.get(site) ?? 0) + 1);
  return [...counts].sort(([left], [right]) => left.localeCompare(right));
}

function Person({ onKeys }: { readonly onKeys: () => void }): ReactNode {
  const { client } = useConsole();
  const navigate = useNavigate();
  const me = useMe().data;
  const signer = useSigner().data;
  const leave = async (): Promise<void> => {
    await client.signOut();
    window.location.assign('#/sign-in');
    window.location.reload();
  };
  const name = me?.name ?? '';
  return (
    <Menu position="bottom-end" width={260}>
      <Menu.Target>
        <button type="button" className={classes['person']} aria-label={`${name}: account`}>
          {initials(name)}
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          <strong>{name}</strong>
          <div>{signer === null ? 'no key in this browser' : `key ${signer?.keyId.slice(0, 8) ?? '…'} in this browser`}</div>
        </Menu.Label>
        <Menu.Item leftSection={<Icon name="settings" />} onClick={() => void navigate({ to: '/settings' })}>Settings</Menu.Item>
        <Menu.Item leftSection={<Icon name="help" />} onClick={onKeys} rightSection={<Key keys="?" />}>All keys</Menu.Item>
        <Menu.Item leftSection={<Icon name="signout" />} onClick={() => void leave()}>Sign out</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function initials(name: string): string {
  return name.split(/[\s.@_-]+/).filter(Boolean).slice(0, 2).map((word) => word.charAt(0).toUpperCase()).join('') || '·';
}
