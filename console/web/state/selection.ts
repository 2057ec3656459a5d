/**
 * Which rows are selected: x and click turn one, shift-click takes the range from the last one turned.
 */
export type Selection = { readonly ids: ReadonlySet<string>; /** Where a range begins. */ readonly anchor?: string };

export const emptySelection: Selection = { ids: new Set() };

export function toggle(selection: Selection, id: string): Selection {
  const ids = new Set(selection.ids);
  if (!ids.delete(id)) ids.add(id);
  return { ids, anchor: id };
}

/** Adds the rows between the anchor and this one, in the order shown. */
export function extendTo(selection: Selection, id: string, shown: readonly string[]): Selection {
  const from = selection.anchor === undefined ? -1 : shown.indexOf(selection.anchor);
  const to = shown.indexOf(id);
  if (from < 0 || to < 0) return toggle(selection, id);
  const range = shown.slice(Math.min(from, to), Math.max(from, to) + 1);
  return { ids: new Set([...selection.ids, ...range]), anchor: id };
}

/** All of these, or none when all are selected already. */
export function toggleAll(selection: Selection, shown: readonly string[]): Selection {
  return shown.every((id) => selection.ids.has(id)) ? emptySelection : { ids: new Set([...selection.ids, ...shown]) };
}
