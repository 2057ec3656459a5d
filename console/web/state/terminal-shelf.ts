/**
 * The terminals that this browser has open, kept so that a reload joins them again.
 */
import { success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import { makeStreamKeyPair, streamKeyOf } from '../../../protocol/live-stream.ts';
import type { StreamKeyPair } from '../../../protocol/live-stream.ts';
import type { Signer } from '../../../protocol/statements/dsse.ts';
import { allOf, forget, keep } from './browser-database.ts';
import type { ConsoleClient } from './client-port.ts';

/** `id` is the directive's. */
export type OpenTerminal = {
  readonly id: string;
  readonly agentId: string;
  readonly keyPair: StreamKeyPair;
  readonly openedAtMs: number;
  readonly title: string;
};

export async function terminalsOf(agentId: string): Promise<readonly OpenTerminal[]> {
  const all = await allOf<OpenTerminal>('terminals');
  return all.filter((terminal) => terminal.agentId === agentId).sort((left, right) => left.openedAtMs - right.openedAtMs);
}

export type TerminalWish = { readonly agentId: string; readonly title: string; readonly columns: number; readonly rows: number };

/** Signs and sends the directive that opens a terminal, and keeps its stream key before anything else is done. */
export async function openTerminal(client: ConsoleClient, signer: Signer, wish: TerminalWish): Promise<Outcome<OpenTerminal>> {
  const keyPair = await makeStreamKeyPair();
  const streamKey = await streamKeyOf(keyPair);
  const params = { columns: wish.columns, rows: wish.rows };
  const submitted = await client.submit({ agentIds: [wish.agentId], primitive: 'terminal.open', params, streamKey }, signer);
  if (!submitted.ok) return submitted;
  const terminal: OpenTerminal = { id: submitted.value.directiveId, agentId: wish.agentId, keyPair, openedAtMs: Date.now(), title: wish.title };
  await keep('terminals', terminal);
  return success(terminal);
}

export function forgetTerminal(id: string): Promise<void> {
  return forget('terminals', id);
}
