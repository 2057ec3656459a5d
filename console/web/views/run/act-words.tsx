import type { ReactNode } from 'react';
import type { Machine } from '../../../../protocol/messages/live.ts';
import type { PrimitiveDescription } from '../../../../protocol/primitive.ts';
import { useSigningKey } from '../../state/rights.ts';
import { counted } from '../../state/words.ts';
import { ClockTime } from '../../ui/time.tsx';

const warnMs = 3 * 86_400_000;
const kinds = { web: 'page key', cli: 'command-line key', webauthn: 'security key' } as const;

export type ActWordsProps = { readonly primitive: PrimitiveDescription; readonly machines: readonly Machine[]; readonly waits: boolean };

/** What the button will do, to how many, signed by which key. */
export function ActWords({ primitive, machines, waits }: ActWordsProps): ReactNode {
  const target = machines.length === 1 ? (machines[0]?.name ?? '') : counted(machines.length, 'machine');
  return (
    <span className="dim small">
      {primitive.risk === 'read' ? 'Looks on' : 'Acts on'} <strong>{target}</strong>
      {waits ? ` as soon as ${machines.length === 1 ? 'it calls' : 'they call'}` : ''}
      <SignedBy />
    </span>
  );
}

/** `, signed by your page key 3f9a1c02`, with its end when that is near. */
export function SignedBy(): ReactNode {
  const key = useSigningKey();
  if (key === null || key === undefined) return null;
  return (
    <>
      , signed by your {kinds[key.kind]} {key.keyId.slice(0, 8)}
      {key.notAfterMs - Date.now() < warnMs ? <> (ends <ClockTime atMs={key.notAfterMs} />)</> : null}
    </>
  );
}
