/**
 * The open terminals of one machine, as this browser remembers them.
 */
import { useCallback, useEffect, useState } from 'react';
import type { Machine } from '../../../protocol/messages/live.ts';
import type { Failure } from '../../../protocol/outcome.ts';
import type { Signer } from '../../../protocol/statements/dsse.ts';
import { useConsole } from './console-context.ts';
import { forgetTerminal, openTerminal, terminalsOf } from './terminal-shelf.ts';
import type { OpenTerminal } from './terminal-shelf.ts';

export type Terminals = {
  readonly ready: boolean;
  readonly open: readonly OpenTerminal[];
  readonly activeId: string | undefined;
  readonly starting: boolean;
  readonly failure: Failure | undefined;
  show(id: string): void;
  start(): Promise<void>;
  /** Ends the program in it and forgets it. */
  end(id: string): Promise<void>;
  /** It has ended already. */
  forget(id: string): Promise<void>;
};

const firstSize = { columns: 100, rows: 30 };

declare module '@tanstack/react-router' {
  interface HistoryState {
    /** A terminal was asked for by a key or a button, not by a link. */
    open?: boolean;
  }
}

export function useTerminals(machine: Machine, signer: Signer | undefined): Terminals {
  const { client } = useConsole();
  const [open, setOpen] = useState<readonly OpenTerminal[]>();
  const [activeId, setActive] = useState<string>();
  const [starting, setStarting] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  useEffect(() => {
    let here = true;
    void terminalsOf(machine.id).then((found) => {
      if (!here) return;
      setOpen(found);
      setActive(found.at(-1)?.id);
    });
    return () => void (here = false);
  }, [machine.id]);
  const start = useCallback(async (): Promise<void> => {
    if (signer === undefined) return;
    setStarting(true);
    setFailure(undefined);
    const before = await terminalsOf(machine.id);
    const opened = await openTerminal(client, signer, { agentId: machine.id, title: nextTitle(before), ...firstSize });
    setStarting(false);
    if (!opened.ok) return setFailure(opened);
    setOpen((old) => [...(old ?? []), opened.value]);
    setActive(opened.value.id);
  }, [client, signer, machine.id]);
  const forget = useCallback(async (id: string): Promise<void> => {
    await forgetTerminal(id);
    setOpen((old) => old?.filter((terminal) => terminal.id !== id));
  }, []);
  const end = useCallback(async (id: string): Promise<void> => {
    if (signer !== undefined) await client.cancel(id, signer);
    await forget(id);
  }, [client, signer, forget]);
  return { ready: open !== undefined, open: open ?? [], activeId, starting, failure, show: setActive, start, end, forget };
}

/** `Terminal 1`, and so on: the first number that is free. */
function nextTitle(open: readonly OpenTerminal[]): string {
  const used = new Set(open.map(({ title }) => title));
  for (let number = 1; ; number++) if (!used.has(`Terminal ${number}`)) return `Terminal ${number}`;
}
