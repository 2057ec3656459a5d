/**
 * All primitives that are known, and which machines have one: asked of one machine for each digest, of which there is one
 * a version and platform.
 */
import { useQueries } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { Machine } from '../../../protocol/messages/live.ts';
import type { PrimitiveDescription } from '../../../protocol/primitive.ts';
import { useConsole, useMachines } from './console-context.ts';
import { primitivesQuery } from './queries.ts';

/** Digests that are asked for, those of most machines first: a fleet has a few, a fleet in disorder is not asked without end. */
const maxDigests = 24;

type Kind = { readonly digest: string; readonly machines: readonly Machine[] };
type KnownKind = Kind & { readonly primitives: readonly PrimitiveDescription[] | undefined };

export function useKnownPrimitives(): readonly PrimitiveDescription[] {
  const all = useKinds().flatMap(({ primitives }) => primitives ?? []);
  return [...new Map(all.map((primitive) => [primitive.name, primitive])).values()].sort((left, right) => left.name.localeCompare(right.name));
}

/** Machines that have said that they have it, those on line first. */
export function useMachinesWith(primitive: string): readonly Machine[] {
  return useKinds()
    .flatMap(({ machines, primitives }) => (primitives?.some(({ name }) => name === primitive) === true ? machines : []))
    .sort((left, right) => Number(right.online) - Number(left.online) || left.name.localeCompare(right.name));
}

function useKinds(): readonly KnownKind[] {
  const { client } = useConsole();
  const { byId } = useMachines();
  const kinds = useMemo(() => kindsOf([...byId.values()]), [byId]);
  const answers = useQueries({ queries: kinds.map(({ digest, machines: [one] }) => primitivesQuery(client, digest, one?.id ?? '')) });
  return kinds.map((kind, index) => ({ ...kind, primitives: answers[index]?.data }));
}

function kindsOf(machines: readonly Machine[]): readonly Kind[] {
  const byDigest = Map.groupBy(machines.filter(({ primitives }) => primitives !== undefined), ({ primitives = '' }) => primitives);
  return [...byDigest].map(([digest, alike]) => ({ digest, machines: alike })).sort((left, right) => right.machines.length - left.machines.length || left.digest.localeCompare(right.digest)).slice(0, maxDigests);
}
