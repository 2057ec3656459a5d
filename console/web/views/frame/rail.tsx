import { Tooltip } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useConsole, useSettings } from '../../state/console-context.ts';
import { Icon } from '../../ui/icon.tsx';
import { Key } from '../../ui/kbd.tsx';
import classes from './frame.module.css';
import { places } from './places.ts';

/** The places of the console. Narrow: icons with tooltips; pinned: with words. */
export function Rail(): ReactNode {
  const { settings } = useConsole();
  const { railPinned } = useSettings();
  const pinWords = railPinned ? 'Narrow the rail' : 'Keep the rail wide';
  return (
    <nav className={classes['rail']} aria-label="Places">
      <Link to="/machines" className={classes['brand']} aria-label="Behest, to the machines">
        <svg width="26" height="26" viewBox="0 0 32 32" aria-hidden="true">
          <rect width="32" height="32" rx="7" fill="var(--accent-fill)" />
          <path d="M16 6 26 16 16 26 6 16Z" fill="none" stroke="#fff" strokeWidth="2.6" strokeLinejoin="round" />
          <circle cx="16" cy="16" r="2.6" fill="#fff" />
        </svg>
        {railPinned ? <span>Behest</span> : null}
      </Link>
      {places.map(({ to, label, icon, key }) => (
        <Tooltip key={to} label={<>{label} <Key keys={`g ${key}`} /></>} position="right" disabled={railPinned}>
          <Link to={to} className={classes['place']} activeProps={{ 'aria-current': 'page' }} aria-label={label}>
            <Icon name={icon} size={20} />
            {railPinned ? <span>{label}</span> : null}
          </Link>
        </Tooltip>
      ))}
      <Tooltip label={pinWords} position="right" disabled={railPinned}>
        <button type="button" className={`${classes['place']} ${classes['pin']}`} aria-label={pinWords} aria-pressed={railPinned} onClick={() => settings.change({ railPinned: !railPinned })}>
          <Icon name={railPinned ? 'left' : 'right'} size={18} />
          {railPinned ? <span>Narrow</span> : null}
        </button>
      </Tooltip>
    </nav>
  );
}
