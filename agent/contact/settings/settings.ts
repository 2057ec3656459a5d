/**
 * The settings that people signed, as contact asks for them.
 */
import { settleContact } from '../../../protocol/contact-settings.ts';
import type { ContactOverrides, ContactSettings } from '../../../protocol/contact-settings.ts';
import type { SettingsSource } from './settings-source.ts';

export class SignedSettings implements SettingsSource {
  readonly #overrides: () => readonly ContactOverrides[];
  readonly #tasks: (() => void)[] = [];
  #present: ContactSettings;

  /** `overrides`: those that trust holds, from the farthest scope to the nearest. */
  constructor(overrides: () => readonly ContactOverrides[]) {
    this.#overrides = overrides;
    this.#present = settleContact(overrides());
  }

  present(): ContactSettings {
    return this.#present;
  }

  onChanged(task: () => void): void {
    this.#tasks.push(task);
  }

  /** Something signed has come in: tells whoever asked if it made a difference. */
  reread(): void {
    const before = JSON.stringify(this.#present);
    this.#present = settleContact(this.#overrides());
    if (JSON.stringify(this.#present) === before) return;
    for (const task of this.#tasks) task();
  }
}
