/**
 * What every view reaches: the client, the live records, the settings. Made once in app.tsx.
 */
import { createContext, useContext, useSyncExternalStore } from 'react';
import type { Machine } from '../../../protocol/messages/live.ts';
import type { ConsoleClient, DirectiveView } from './client-port.ts';
import type { Keyed } from './keyed-store.ts';
import type { LiveRecords } from './live-records.ts';
import type { Live, LiveValue } from './live-value.ts';
import type { Selection } from './selection.ts';
import type { Settings, SettingsStore } from './settings.ts';
import type { Transfers } from './transfers.ts';

export type ConsoleServices = {
  readonly client: ConsoleClient;
  readonly records: LiveRecords;
  readonly settings: SettingsStore;
  readonly selection: Live<Selection>;
  readonly transfers: Transfers;
};

export const ConsoleContext = createContext<ConsoleServices | undefined>(undefined);

export function useConsole(): ConsoleServices {
  const services = useContext(ConsoleContext);
  if (services === undefined) throw new Error('useConsole outside of the console');
  return services;
}

export function useLive<T>(value: LiveValue<T>): T {
  return useSyncExternalStore(value.subscribe, value.get);
}

export function useMachines(): Keyed<Machine> {
  return useLive(useConsole().records.machines.live);
}

export function useMachine(id: string): Machine | undefined {
  return useMachines().byId.get(id);
}

export function useDirectives(): Keyed<DirectiveView> {
  return useLive(useConsole().records.directives.live);
}

export function useSettings(): Settings {
  return useLive(useConsole().settings.live);
}
