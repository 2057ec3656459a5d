import { Menu } from '@mantine/core';
import { Link, useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Icon } from '../../ui/icon.tsx';
import classes from './frame.module.css';
import { places } from './places.ts';

/** The rail of a narrow screen. */
export function BottomBar({ onPalette }: { readonly onPalette: () => void }): ReactNode {
  const navigate = useNavigate();
  return (
    <nav className={classes['bottom']} aria-label="Places">
      {places.slice(0, 2).map(({ to, label, icon }) => (
        <Link key={to} to={to} activeProps={{ 'aria-current': 'page' }}>
          <Icon name={icon} size={20} />
          {label}
        </Link>
      ))}
      <button type="button" onClick={onPalette}>
        <Icon name="search" size={20} />
        Search
      </button>
      <Menu position="top-end" width={180}>
        <Menu.Target>
          <button type="button">
            <Icon name="more" size={20} />
            More
          </button>
        </Menu.Target>
        <Menu.Dropdown>
          {places.slice(2).map(({ to, label, icon }) => (
            <Menu.Item key={to} leftSection={<Icon name={icon} />} onClick={() => void navigate({ to })}>
              {label}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
    </nav>
  );
}
