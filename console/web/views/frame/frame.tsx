/**
 * What stands around every view: rail, top bar, banners, palette, help of keys.
 */
import { Outlet, useNavigate, useRouter } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import { useConsole, useSettings } from '../../state/console-context.ts';
import { failureOf, useMe } from '../../state/queries.ts';
import { errorWords } from '../../state/words.ts';
import { useKeys } from '../../ui/keys.tsx';
import { FailureNote, SkeletonRows } from '../../ui/notes.tsx';
import { Threshold } from '../../ui/page.tsx';
import { Banners } from './banners.tsx';
import { BottomBar } from './bottom-bar.tsx';
import classes from './frame.module.css';
import { places } from './places.ts';
import { Rail } from './rail.tsx';
import { TopBar } from './top-bar.tsx';

const loadPalette = () => import('./palette.tsx').then(({ Palette: component }) => ({ default: component }));
const Palette = lazy(loadPalette);
const KeyHelp = lazy(() => import('./key-help.tsx').then(({ KeyHelp: component }) => ({ default: component })));
const paletteAfterMs = 800;

/** The frame, once it is known who looks. Nobody signed in: to the sign-in, and back here afterwards. */
export function Frame(): ReactNode {
  const me = useMe();
  const navigate = useNavigate();
  const router = useRouter();
  const failure = me.error === null ? undefined : failureOf(me.error);
  const signedOut = failure?.code === 'not-signed-in';
  useEffect(() => {
    const { href, pathname } = router.state.location;
    if (signedOut && pathname !== '/sign-in') void navigate({ to: '/sign-in', search: { to: href }, replace: true });
  }, [signedOut, navigate, router]);
  if (me.data !== undefined) return <SignedIn />;
  if (failure !== undefined && !signedOut) {
    const { what, todo } = errorWords(failure.code);
    return (
      <Threshold title="The console has no connection">
        <FailureNote what={what} todo={todo} code={failure.code} detail={failure.detail} />
        <button type="button" className={classes['retry']} onClick={() => void me.refetch()}>
          Try again
        </button>
      </Threshold>
    );
  }
  return (
    <div className={classes['frame']}>
      <div className={classes['rail']} />
      <div className={classes['top']} />
      <main className={classes['main']} aria-busy="true">
        <SkeletonRows rows={16} />
      </main>
    </div>
  );
}

function SignedIn(): ReactNode {
  const { records } = useConsole();
  const { railPinned } = useSettings();
  const navigate = useNavigate();
  const [palette, setPalette] = useState(false);
  const [help, setHelp] = useState(false);
  useEffect(() => records.follow(), [records]);
  // So that it is there when Ctrl-K is followed at once by typing.
  useEffect(() => {
    const timer = setTimeout(() => void loadPalette(), paletteAfterMs);
    return () => clearTimeout(timer);
  }, []);
  useKeys([
    { keys: 'mod+k', label: 'Palette: go anywhere, do anything', group: 'Everywhere', run: () => setPalette(true), whileTyping: true },
    { keys: '?', label: 'All keys', group: 'Everywhere', run: () => setHelp(true) },
    ...places.map(({ to, label, key }) => ({ keys: `g ${key}`, label: `Go to ${label}`, group: 'Everywhere', run: () => void navigate({ to }) })),
  ]);
  return (
    <div className={classes['frame']} data-pinned={railPinned}>
      <a className={classes['skip']} href="#main" onClick={(event) => { event.preventDefault(); document.getElementById('main')?.focus(); }}>
        To the content
      </a>
      <Rail />
      <TopBar onPalette={() => setPalette(true)} onKeys={() => setHelp(true)} />
      <Banners />
      <main id="main" className={classes['main']} tabIndex={-1}>
        <Outlet />
      </main>
      <BottomBar onPalette={() => setPalette(true)} />
      <Suspense>{palette ? <Palette onClose={() => setPalette(false)} /> : null}</Suspense>
      <Suspense>{help ? <KeyHelp onClose={() => setHelp(false)} /> : null}</Suspense>
    </div>
  );
}
