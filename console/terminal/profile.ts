/**
 * The profile: which intermediary, who I am there, and my key. One file that nobody else may read.
 */
import { chmodSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { Compile } from 'typebox/schema';
import { failure, success } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';

const Profile = Type.Object({
  /** `https://host:port` */
  address: Type.String({ pattern: '^https://' }),
  /** PEM of the authority that alone is trusted; absent: those of the system */
  authority: Type.Optional(Type.String()),
  personId: Type.String(),
  name: Type.String(),
  keyId: Type.String(),
  /** Ed25519, PKCS#8 PEM */
  key: Type.String(),
});
export type Profile = Static<typeof Profile>;

const form = Compile(Profile);

export type Settings = {
  readonly dataFolder: string;
  readonly profilePath: string;
};

/** Options win over the environment, the environment over `var` of this checkout. */
export function settingsFrom(options: { profile?: string; data?: string }, environment: NodeJS.ProcessEnv): Settings {
  const checkout = join(import.meta.dirname, '..', '..');
  const dataFolder = resolve(options.data ?? environment['BEHEST_DATA'] ?? join(checkout, 'var'));
  return { dataFolder, profilePath: resolve(options.profile ?? environment['BEHEST_PROFILE'] ?? join(dataFolder, 'profile.json')) };
}

/** The profile of this person, or `no-profile`. */
export function readProfile(path: string): Outcome<Profile> {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    return failure('no-profile', error instanceof SyntaxError ? `${path} is not JSON` : `${path} cannot be read`);
  }
  return form.Check(value) ? success(value) : failure('no-profile', `${path} does not have the form of a profile`);
}

/** Writes a private file whole or not at all. */
export function writePrivately(path: string, text: string): void {
  const temporary = `${path}.new`;
  writeFileSync(temporary, text, { mode: 0o600, flush: true });
  chmodSync(temporary, 0o600);
  renameSync(temporary, path);
}

export function writeProfile(path: string, profile: Profile): void {
  writePrivately(path, `${JSON.stringify(profile, undefined, 2)}\n`);
}

/** The token of the last sign-in, kept beside the profile so that a script may call behest often. */
export function keptToken(profilePath: string, keyId: string): string | undefined {
  try {
    const kept: unknown = JSON.parse(readFileSync(tokenPath(profilePath), 'utf8'));
    const fits = typeof kept === 'object' && kept !== null && 'keyId' in kept && kept.keyId === keyId;
    return fits && 'token' in kept && typeof kept.token === 'string' ? kept.token : undefined;
  } catch {
    return undefined;
  }
}

/** A folder that cannot be written only costs a sign-in each time. */
export function keepToken(profilePath: string, keyId: string, token: string): boolean {
  try {
    writePrivately(tokenPath(profilePath), `${JSON.stringify({ keyId, token })}\n`);
    return true;
  } catch {
    return false;
  }
}

function tokenPath(profilePath: string): string {
  return join(dirname(profilePath), 'sign-in.json');
}
