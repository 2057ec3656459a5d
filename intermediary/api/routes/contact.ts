/** Contact settings: what is in force for a machine, a site or everywhere, and setting it by a signed statement. */
import { Type } from 'typebox';
import { contactReaches } from '../../../protocol/contact-settings.ts';
import type { ContactScope } from '../../../protocol/contact-settings.ts';
import { ContactLayer } from '../../../protocol/messages/live.ts';
import type { RouteNeeds } from '../needs.ts';
import { refuse } from '../problem.ts';
import { EnvelopeJson, exact, Id, readEnvelopeJson, refusals } from '../shapes.ts';
import { visitorOf } from '../typed.ts';
import type { Api } from '../typed.ts';

const tags = ['contact settings'];
const config = { rights: 'signed-in' } as const;
const Where = exact({
  agent: Type.Optional(Id),
  site: Type.Optional(Type.String({ minLength: 1, maxLength: 80, description: 'when no machine is named; without either: everywhere' })),
});
const Layers = Type.Array(ContactLayer, { description: `What is set, from the farthest scope to the nearest (${contactReaches.join(', ')}): of two that set the same field, the later counts.` });

export function contactRoutes(api: Api, { contact }: RouteNeeds): void {
  api.get('/api/contact', { config, schema: { tags, querystring: Where, response: { 200: Layers, ...refusals } } }, async (request, reply) => {
    const layers = await contact.read(visitorOf(request), scopeOf(request.query));
    return layers.ok ? reply.send(layers.value) : refuse(reply, layers);
  });

  api.put('/api/contact', { config, schema: { tags, body: EnvelopeJson, response: { 200: exact({ version: Type.Integer() }), ...refusals } } }, async (request, reply) => {
    const envelope = readEnvelopeJson(request.body);
    const taken = envelope.ok ? await contact.offer(visitorOf(request), envelope.value) : envelope;
    return taken.ok ? reply.send(taken.value) : refuse(reply, taken);
  });
}

function scopeOf({ agent, site }: { readonly agent?: string; readonly site?: string }): ContactScope {
  if (agent !== undefined) return { agent };
  return site === undefined ? { everywhere: true } : { site };
}
