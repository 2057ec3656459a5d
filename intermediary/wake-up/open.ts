/** Wake-ups as the settings of the program want them. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { failure, success } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import { ensureSecret } from '../sessions/static-key.ts';
import { ntfySender } from './ntfy.ts';
import { WakeUps } from './wake-ups.ts';
import type { WakeUpsNeeds } from './wake-ups.ts';

export type WakeUpSettings = {
  /** Address of an ntfy server. */
  readonly ntfy: string;
  /** File with its access token, if it wants one. */
  readonly tokenFile?: string | undefined;
};

/** Undefined when no outside service was named. The secret stays in the data folder. */
export async function openWakeUps(settings: WakeUpSettings | undefined, dataFolder: string, needs: Omit<WakeUpsNeeds, 'sender' | 'secret'>): Promise<Outcome<WakeUps | undefined>> {
  if (settings === undefined) return success(undefined);
  const token = await readToken(settings.tokenFile);
  if (!token.ok) return token;
  const sender = ntfySender({ server: settings.ntfy, token: token.value });
  if (!sender.ok) return sender;
  const secret = await ensureSecret(join(dataFolder, 'wake-up-secret'), needs.random);
  return secret.ok ? success(new WakeUps({ ...needs, sender: sender.value, secret: secret.value })) : secret;
}

async function readToken(path: string | undefined): Promise<Outcome<string | undefined>> {
  if (path === undefined) return success(undefined);
  try {
    return success((await readFile(path, 'utf8')).trim());
  } catch (error) {
    return failure('not-found', error instanceof Error ? error.message : path);
  }
}
