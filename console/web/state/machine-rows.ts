/**
 * The rows of the machine list: those that fit, in an order that does not jump while somebody reads.
 */
import { useMemo, useRef, useState } from 'react';
import type { Machine } from '../../../protocol/messages/live.ts';
import { useDirectives, useMachines } from './console-context.ts';
import { matchMachine, parseQuery } from '../../client/machine-search.ts';
import type { MachineQuery } from '../../client/machine-search.ts';
import { holdOrder, orderMachines } from './row-order.ts';
import type { Order, Sort } from './row-order.ts';

export type MachineFilter = { readonly query: string; readonly site: string | undefined; readonly sort: Sort };

export type MachineRows = {
  readonly machines: readonly Machine[];
  /** Fitting machines that wait until the person is ready. */
  readonly waiting: number;
  showWaiting(): void;
  readonly query: MachineQuery;
  /** Machines of the site, whether they fit or not. */
  readonly total: number;
  readonly complete: boolean;
};

/** `held`: somebody is reading, so rows keep their places. */
export function useMachineRows({ query, site, sort }: MachineFilter, held: boolean): MachineRows {
  const { byId, complete } = useMachines();
  const directives = useDirectives().byId;
  const [round, setRound] = useState(0);
  const parsed = useMemo(() => parseQuery(query), [query]);
  const ofSite = useMemo(() => [...byId.values()].filter((machine) => site === undefined || machine.site === site), [byId, site]);
  const fresh = useMemo(
    () => orderMachines(ofSite.filter((machine) => matchMachine(machine, parsed) !== undefined), sort, ({ lastDirectiveId }) => directives.get(lastDirectiveId ?? '')?.submittedAtMs ?? 0),
    [ofSite, parsed, sort, directives],
  );
  const shown = useRef<{ key: string; order: Order }>({ key: '', order: { ids: [], waiting: 0 } });
  const key = `${query}\n${site ?? ''}\n${sort.column}${sort.descending}\n${round}\n${complete}`;
  const stays = held && complete && shown.current.key === key;
  shown.current = { key, order: stays ? holdOrder(shown.current.order.ids, fresh) : { ids: fresh, waiting: 0 } };
  const { ids, waiting } = shown.current.order;
  const machines = ids.flatMap((id) => byId.get(id) ?? []);
  return { machines, waiting, showWaiting: () => setRound(round + 1), query: parsed, total: ofSite.length, complete };
}
