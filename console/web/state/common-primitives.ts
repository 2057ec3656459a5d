/**
 * What all of the chosen machines can do. Machines with one digest can do the same, so one of each is asked.
 */
import { useQueries } from '@tanstack/react-query';
import type { Machine } from '../../../protocol/messages/live.ts';
import type { Failure } from '../../../protocol/outcome.ts';
import type { PrimitiveDescription } from '../../../protocol/primitive.ts';
import { useConsole } from './console-context.ts';
import { failureOf, primitivesQuery } from './queries.ts';

export type CommonPrimitives = { readonly primitives: readonly PrimitiveDescription[] | undefined; readonly failure: Failure | undefined; retry(): void };

export function useCommonPrimitives(machines: readonly Machine[]): CommonPrimitives {
  const { client } = useConsole();
  const kinds = Map.groupBy(machines, ({ id, primitives }) => primitives ?? id);
  const asked = [...kinds.values()].flatMap((group) => group[0] ?? []);
  const answers = useQueries({ queries: asked.map(({ id, primitives }) => primitivesQuery(client, primitives, id)) });
  const failed = answers.find(({ error }) => error !== null);
  const lists = answers.flatMap(({ data }) => (data === undefined ? [] : [data]));
  return {
    primitives: lists.length < asked.length ? undefined : common(lists),
    failure: failed === undefined ? undefined : failureOf(failed.error),
    retry: () => answers.forEach((answer) => void answer.refetch()),
  };
}

/** The primitives of the first list that every other one has too, by name. */
function common([first = [], ...others]: readonly (readonly PrimitiveDescription[])[]): readonly PrimitiveDescription[] {
  return first.filter(({ name }) => others.every((list) => list.some((other) => other.name === name)));
}
