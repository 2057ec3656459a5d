import { useState } from 'react';
import type { Failure } from '../../../../protocol/outcome.ts';
import { useConsole } from '../../state/console-context.ts';
import { useSigner } from '../../state/queries.ts';

/** Cancels directives with the key of this browser. */
export function useCancel(): { readonly busy: boolean; readonly able: boolean; readonly failure: Failure | undefined; cancel(directiveId: string): Promise<void> } {
  const { client } = useConsole();
  const signer = useSigner().data;
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  return {
    busy,
    able: signer !== null && signer !== undefined,
    failure,
    async cancel(directiveId) {
      if (signer === null || signer === undefined) return;
      setBusy(true);
      const outcome = await client.cancel(directiveId, signer);
      setBusy(false);
      setFailure(outcome.ok ? undefined : outcome);
    },
  };
}
