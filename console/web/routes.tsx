/**
 * Every address of the console. What is shown is wholly in the address, behind the `#`: a link sent to a colleague opens the same.
 */
import { createHashHistory, createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from '@tanstack/react-router';
import type { SearchMiddleware } from '@tanstack/react-router';
import { NotFound, PageBroken } from './views/entrance/broken.tsx';
import { Frame } from './views/frame/frame.tsx';
import { Machines } from './views/machines/machines.tsx';

type Search = Record<string, unknown>;
type Texts<Name extends string> = { [Key in Name]?: string | undefined };

/** The named texts of an address; anything else in it is left out. */
function texts<const Names extends readonly string[]>(...names: Names): (search: Search) => Texts<Names[number]> {
  return (search) => Object.fromEntries(names.flatMap((name) => (search[name] === undefined || search[name] === '' ? [] : [[name, String(search[name])]]))) as Texts<Names[number]>;
}

/** The site stays chosen from view to view until another is chosen. */
const keepSite: SearchMiddleware<Texts<'site'>> = ({ search, next }) => {
  const result = next(search);
  return 'site' in result ? result : { ...result, site: search.site };
};

const root = createRootRoute({ notFoundComponent: NotFound, errorComponent: PageBroken });

const welcome = createRoute({ getParentRoute: () => root, path: '/welcome/$token', component: lazyRouteComponent(() => import('./views/entrance/welcome.tsx'), 'Welcome') });
const signIn = createRoute({ getParentRoute: () => root, path: '/sign-in', validateSearch: texts('to'), component: lazyRouteComponent(() => import('./views/entrance/sign-in.tsx'), 'SignIn') });

const frame = createRoute({
  getParentRoute: () => root,
  id: 'frame',
  component: Frame,
  validateSearch: texts('site'),
  search: { middlewares: [keepSite] },
});
const home = createRoute({ getParentRoute: () => frame, path: '/', beforeLoad: () => { throw redirect({ to: '/machines' }); } });
const machines = createRoute({ getParentRoute: () => frame, path: '/machines', validateSearch: texts('q', 'sort', 'panel'), component: Machines });
const loadMachine = lazyRouteComponent(() => import('./views/machine/machine.tsx'), 'MachineView');
const machine = createRoute({ getParentRoute: () => frame, path: '/machines/$machineId', component: loadMachine });
const machineTab = createRoute({ getParentRoute: () => frame, path: '/machines/$machineId/$tab', validateSearch: texts('primitive', 'from', 'path', 'exact', 'sort', 'q'), component: loadMachine });
const run = createRoute({ getParentRoute: () => frame, path: '/run', validateSearch: texts('on', 'primitive', 'from'), component: lazyRouteComponent(() => import('./views/run/run-page.tsx'), 'RunPage') });
const work = createRoute({ getParentRoute: () => frame, path: '/work', validateSearch: texts('q', 'state', 'person'), component: lazyRouteComponent(() => import('./views/work/work.tsx'), 'Work') });
const directive = createRoute({ getParentRoute: () => frame, path: '/work/$directiveId', validateSearch: texts('machine', 'state'), component: lazyRouteComponent(() => import('./views/work/directive.tsx'), 'DirectivePage') });
const library = createRoute({ getParentRoute: () => frame, path: '/library', validateSearch: texts('q', 'primitive'), component: lazyRouteComponent(() => import('./views/reference/library.tsx'), 'Library') });
const trust = createRoute({ getParentRoute: () => frame, path: '/trust', component: lazyRouteComponent(() => import('./views/reference/trust.tsx'), 'Trust') });
const settings = createRoute({ getParentRoute: () => frame, path: '/settings', component: lazyRouteComponent(() => import('./views/reference/settings.tsx'), 'SettingsView') });

const routeTree = root.addChildren([welcome, signIn, frame.addChildren([home, machines, machine, machineTab, run, work, directive, library, trust, settings])]);

export function makeRouter() {
  return createRouter({ routeTree, history: createHashHistory(), defaultPreload: 'intent', defaultPendingMs: 300, scrollRestoration: false });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
