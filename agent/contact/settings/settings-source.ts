/**
 * The seam between the settings that people made and the contact that keeps to them.
 */
import { defaultContactSettings } from '../../../protocol/contact-settings.ts';
import type { ContactSettings } from '../../../protocol/contact-settings.ts';

export type SettingsSource = {
  /** Those in force now. */
  present(): ContactSettings;
  /** Calls `task` whenever they have changed. */
  onChanged(task: () => void): void;
};

/** For an agent that was never set anything. */
export const defaultSettings: SettingsSource = { present: () => defaultContactSettings, onChanged: () => undefined };
