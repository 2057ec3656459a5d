/**
 * The page put together: stores, settings, theme and routes around one client.
 */
import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode, useEffect } from 'react';
import type { ReactNode } from 'react';
import { createRoot } from 'react-dom/client';
import { makeRouter } from './routes.tsx';
import type { ConsoleClient } from './state/client-port.ts';
import { ConsoleContext, useSettings } from './state/console-context.ts';
import type { ConsoleServices } from './state/console-context.ts';
import { askBeforeLeaving } from './state/leaving.ts';
import { makeRecords } from './state/live-records.ts';
import { Live } from './state/live-value.ts';
import { emptySelection } from './state/selection.ts';
import { keepSettings, zoneOf } from './state/settings.ts';
import type { Settings } from './state/settings.ts';
import { Transfers } from './state/transfers.ts';
import { KeyProvider } from './ui/keys.tsx';
import './ui/styles.ts';
import { theme } from './ui/theme.ts';
import { ZoneContext } from './ui/time.tsx';

/** Shows the console in `element`, working with `client`. */
export function mountConsole(client: ConsoleClient, element: HTMLElement): void {
  const services: ConsoleServices = { client, records: makeRecords(client), settings: keepSettings(localStorage), selection: new Live(emptySelection), transfers: new Transfers(askBeforeLeaving) };
  drawFirst(services.settings.live.get());
  const queries = new QueryClient({ defaultOptions: { queries: { retry: 1, refetchOnWindowFocus: false } } });
  const router = makeRouter();
  createRoot(element).render(
    <StrictMode>
      <ConsoleContext value={services}>
        <QueryClientProvider client={queries}>
          <Look>
            <RouterProvider router={router} />
          </Look>
        </QueryClientProvider>
      </ConsoleContext>
    </StrictMode>,
  );
}

/** The look before anything is drawn: no flash of white in a dark room. */
function drawFirst({ theme: wish, density }: Settings): void {
  const dark = wish === 'dark' || (wish === 'auto' && window.matchMedia('(prefers-color-scheme: dark)').matches);
  Object.assign(document.documentElement.dataset, { mantineColorScheme: dark ? 'dark' : 'light', density });
}

/** Theme, density and zone as the settings say. Mantine writes no style elements: its variables are in theme.css. */
function Look({ children }: { readonly children: ReactNode }): ReactNode {
  const settings = useSettings();
  useEffect(() => {
    document.documentElement.dataset['density'] = settings.density;
  }, [settings.density]);
  const forced = settings.theme === 'auto' ? {} : { forceColorScheme: settings.theme };
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto" withCssVariables={false} withGlobalClasses={false} {...forced}>
      <ZoneContext value={zoneOf(settings)}>
        <KeyProvider>{children}</KeyProvider>
      </ZoneContext>
    </MantineProvider>
  );
}
