/** Enrolment strings: what goes into one, and making it known. */
import { Type } from 'typebox';
import { unbase64Url } from '../../../protocol/bytes.ts';
import { limits } from '../../../protocol/limits.ts';
import { Seconds } from '../../../protocol/statements/root.ts';
import { done } from '../guard.ts';
import type { RouteNeeds } from '../needs.ts';
import { refuse } from '../problem.ts';
import { Bytes32, exact, Id, refusals } from '../shapes.ts';
import { visitorOf } from '../typed.ts';
import type { Api } from '../typed.ts';

const tags = ['enrolment'];
const config = { rights: 'administers' } as const;
const New = exact({
  id: Id,
  secret: Bytes32,
  site: Type.String({ minLength: 1, maxLength: 80 }),
  notAfter: Seconds,
  uses: Type.Integer({ minimum: 1, maximum: limits.maxEnrolmentUses }),
});
const Terms = exact({ addresses: Type.Array(Type.String()), key: Bytes32, authority: Type.Optional(Type.String()), rootDigest: Type.String() });

export function enrolmentRoutes(api: Api, { keys, statements, authority }: RouteNeeds): void {
  api.post('/api/enrolments', { config, schema: { tags, body: New, response: { 200: exact({}), ...refusals } } }, async (request, reply) => {
    const { id, secret, site, notAfter, uses } = request.body;
    const raw = unbase64Url(secret);
    if (raw === undefined) return refuse(reply, { code: 'request-malformed', detail: 'the secret is not base64url' });
    const registered = await keys.register({ id, secret: raw, site, notAfterMs: notAfter * 1000, uses }, visitorOf(request).personId);
    return registered.ok ? done(reply) : refuse(reply, registered);
  });

  api.get('/api/enrolment-terms', { config, schema: { tags, response: { 200: Terms, ...refusals } } }, async () => {
    const { addresses, key } = statements.root.intermediary;
    return { addresses, key, rootDigest: statements.rootDigest, ...(authority === undefined ? {} : { authority }) };
  });
}
