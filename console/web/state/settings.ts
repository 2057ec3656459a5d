/**
 * How this person likes the page in this browser. Kept in local storage; damaged or unknown values fall back.
 */
import { Live } from './live-value.ts';

export const themes = ['auto', 'light', 'dark'] as const;
export const densities = ['compact', 'comfortable'] as const;
export type Settings = {
  readonly theme: (typeof themes)[number];
  readonly density: (typeof densities)[number];
  /** IANA name, or `browser`. */
  readonly timeZone: string;
  readonly railPinned: boolean;
};

const storageKey = 'behest.settings';
export const defaultSettings: Settings = { theme: 'auto', density: 'compact', timeZone: 'browser', railPinned: false };

export type SettingsStore = { readonly live: Live<Settings>; change(part: Partial<Settings>): void };

/** Reads what is kept; every change is kept at once. */
export function keepSettings(storage: Storage): SettingsStore {
  const live = new Live(readSettings(storage.getItem(storageKey)));
  return {
    live,
    change(part) {
      live.set({ ...live.get(), ...part });
      storage.setItem(storageKey, JSON.stringify(live.get()));
    },
  };
}

/** Settings from their kept text. */
export function readSettings(text: string | null): Settings {
  const kept = parse(text);
  return {
    theme: themes.find((theme) => theme === kept['theme']) ?? defaultSettings.theme,
    density: densities.find((density) => density === kept['density']) ?? defaultSettings.density,
    timeZone: typeof kept['timeZone'] === 'string' && isTimeZone(kept['timeZone']) ? kept['timeZone'] : defaultSettings.timeZone,
    railPinned: kept['railPinned'] === true,
  };
}

/** The zone for date formats; undefined means the browser's own. */
export function zoneOf({ timeZone }: Settings): string | undefined {
  return timeZone === 'browser' ? undefined : timeZone;
}

function isTimeZone(name: string): boolean {
  return name === 'browser' || name === 'UTC' || Intl.supportedValuesOf('timeZone').includes(name);
}

function parse(text: string | null): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text ?? '{}');
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
