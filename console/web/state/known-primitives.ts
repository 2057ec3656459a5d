/**
 * All primitives that are known: those of one machine of each platform, an on-line one where there is one.
 */
import { useQueries } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { Machine } from '../../../protocol/messages/live.ts';
import type { PrimitiveDescription } from '../../../protocol/primitive.ts';
import { useConsole, useMachines } from './console-context.ts';
import { primitivesQuery } from './queries.ts';

export function useKnownPrimitives(): readonly PrimitiveDescription[] {
  const { client } = useConsole();
  const { byId } = useMachines();
  const asked = useMemo(() => onePerPlatform([...byId.values()]), [byId]);
  const answers = useQueries({ queries: asked.map((agentId) => primitivesQuery(client, agentId)) });
  const all = answers.flatMap(({ data }) => data ?? []);
  return [...new Map(all.map((primitive) => [primitive.name, primitive])).values()].sort((left, right) => left.name.localeCompare(right.name));
}

function onePerPlatform(machines: readonly Machine[]): readonly string[] {
  const chosen = new Map<string, Machine>();
  for (const machine of machines) {
    const known = chosen.get(machine.facts.platform);
    if (known === undefined || (machine.online && !known.online)) chosen.set(machine.facts.platform, machine);
  }
  return [...chosen.values()].map(({ id }) => id).sort();
}
