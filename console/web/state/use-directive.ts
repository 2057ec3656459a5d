/**
 * One directive, live: from the records of the page when it is recent, else watched by itself.
 */
import { useEffect, useState } from 'react';
import type { Failure } from '../../../protocol/outcome.ts';
import { isErrorCode } from '../../../protocol/errors.ts';
import { failure } from '../../../protocol/outcome.ts';
import type { DirectiveView } from './client-port.ts';
import { useConsole, useDirectives } from './console-context.ts';
import { withTarget } from './live-records.ts';

export type WatchedDirective = { readonly directive: DirectiveView | undefined; readonly complete: boolean; readonly failure: Failure | undefined };

type Watched = { readonly id: string; readonly directive?: DirectiveView; readonly complete?: boolean; readonly failure?: Failure };

export function useDirective(id: string | undefined): WatchedDirective {
  const { client } = useConsole();
  const recent = useDirectives().byId.get(id ?? '');
  const known = recent !== undefined;
  const [watched, setWatched] = useState<Watched>();
  useEffect(() => {
    if (id === undefined || known) return undefined;
    const change = (act: (old: Watched) => Watched): void => setWatched((old) => act(old?.id === id ? old : { id }));
    return client.watchDirective(id, {
      directive: (directive) => change((old) => ({ ...old, directive })),
      target: (_, target) => change((old) => (old.directive === undefined ? old : { ...old, directive: withTarget(old.directive, target) })),
      counts: (_, counts) => change((old) => (old.directive === undefined ? old : { ...old, directive: { ...old.directive, counts } })),
      current: () => change((old) => ({ ...old, complete: true })),
      failed: (code, detail) => change((old) => ({ ...old, complete: true, failure: failure(isErrorCode(code) ? code : 'internal', detail) })),
    });
  }, [client, id, known]);
  if (recent !== undefined) return { directive: recent, complete: true, failure: undefined };
  const own = watched?.id === id ? watched : undefined;
  return { directive: own?.directive, complete: id === undefined || own?.complete === true, failure: own?.failure };
}
