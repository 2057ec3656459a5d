/**
 * Narrowing the history: by words, state, person and site.
 */
import type { Machine } from '../../../protocol/messages/live.ts';
import type { DirectiveView } from './client-port.ts';
import { countsOf, overallState, paramsLine } from './directive-summary.ts';

export type DirectiveFilter = { readonly text: string; readonly state: string | undefined; readonly person: string | undefined; readonly site: string | undefined };

/** Every word must occur in the primitive, its parameters, its author, its id or the name of one of its machines. */
export function filterDirectives(directives: readonly DirectiveView[], filter: DirectiveFilter, machines: ReadonlyMap<string, Machine>): readonly DirectiveView[] {
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  return directives.filter((directive) => {
    if (filter.state !== undefined && overallState(countsOf(directive)) !== filter.state && !countsOf(directive).some(({ state }) => state === filter.state)) return false;
    if (filter.person !== undefined && directive.signedBy.name !== filter.person) return false;
    // of one with many machines it is not known here which they are
    if (filter.site !== undefined && directive.counts === undefined && !directive.targets.some(({ agentId }) => machines.get(agentId)?.site === filter.site)) return false;
    return words.length === 0 || hasWords(directive, words, machines);
  });
}

function hasWords(directive: DirectiveView, words: readonly string[], machines: ReadonlyMap<string, Machine>): boolean {
  const names = directive.targets.slice(0, 1000).map(({ agentId }) => machines.get(agentId)?.name ?? '');
  const text = [directive.primitive, paramsLine(directive.params, 2000), directive.signedBy.name, directive.id, ...names].join(' ').toLowerCase();
  return words.every((word) => text.includes(word));
}
