import type { ReactNode } from 'react';

/** Strokes on a 20 × 20 grid. */
const shapes = {
  machines: 'M3 4h14v9H3zM7 17h6M10 13v4',
  work: 'M4 5h12M4 10h12M4 15h7M15 13v4l3-2z',
  library: 'M4 4h5v12H4zM11 4h5v12h-5zM6.5 7v3M13.5 7v3',
  trust: 'M10 3l6 2v5c0 4-3 6-6 7-3-1-6-3-6-7V5zM7.5 10l2 2 3.5-4',
  settings: 'M4 6h7M15 6h1M4 10h2M10 10h6M4 14h8M11 4.5v3M7 8.5v3M13 12.5v3',
  search: 'M9 4a5 5 0 1 0 0 10A5 5 0 0 0 9 4zM13 13l4 4',
  more: 'M5 10h.01M10 10h.01M15 10h.01',
  down: 'M6 8l4 4 4-4',
  up: 'M6 12l4-4 4 4',
  right: 'M8 6l4 4-4 4',
  left: 'M12 6l-4 4 4 4',
  close: 'M5 5l10 10M15 5L5 15',
  check: 'M4 10l4 4 8-9',
  copy: 'M7 7h9v9H7zM13 7V4H4v9h3',
  alarm: 'M10 3l8 14H2zM10 8v4M10 14.5v.01',
  terminal: 'M3 4h14v12H3zM6 8l3 2-3 2M11 12h3',
  screen: 'M3 4h14v9H3zM7 17h6M10 13v4M6 7l3 3M9 7.5V10H6.5',
  run: 'M6 4l9 6-9 6z',
  key: 'M7 9a3 3 0 1 1 0 .01M10 9h7M14 9v3M17 9v3',
  plus: 'M10 4v12M4 10h12',
  help: 'M7.5 7.5a2.5 2.5 0 1 1 3.5 2.3c-.7.4-1 .8-1 1.7M10 14.5v.01',
  signout: 'M8 4H4v12h4M8 10h9M14 7l3 3-3 3',
  verified: 'M10 3l6 2v5c0 4-3 6-6 7-3-1-6-3-6-7V5zM7.5 10l2 2 3.5-4',
  wait: 'M6 3h8M6 17h8M7 3c0 4 6 5 6 7s-6 3-6 7M13 3c0 4-6 5-6 7s6 3 6 7',
  folder: 'M3 5h5l2 2h7v8H3z',
  file: 'M5 3h7l3 3v11H5zM12 3v3h3',
  link: 'M8 12l4-4M7 9l-2 2a2.8 2.8 0 0 0 4 4l2-2M13 11l2-2a2.8 2.8 0 0 0-4-4L9 7',
  upload: 'M10 13V4M6 8l4-4 4 4M4 16h12',
  download: 'M10 4v9M6 9l4 4 4-4M4 16h12',
  again: 'M15 6a6.5 6.5 0 1 0 1.5 5M15 3v3.5h-3.5',
  pin: 'M7 3h6l-1 6 3 3H5l3-3zM10 12v5',
} as const;
export type IconName = keyof typeof shapes;

/** A picture beside words. It is never the only sign of anything, so it is hidden from readers. */
export function Icon({ name, size = 18 }: { readonly name: IconName; readonly size?: number }): ReactNode {
  return (
    <svg width={size} height={size} viewBox="0 0 20 20" fill="none" stroke="currentColor" strokeWidth={name === 'more' ? 2.6 : 1.5} strokeLinecap="round" strokeLinejoin="round" aria-hidden="true" focusable="false">
      <path d={shapes[name]} />
    </svg>
  );
}
