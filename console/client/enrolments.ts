/**
 * Enrolment strings: the secret is made here and only told to the intermediary, which never makes one itself.
 */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { base64Url, hex } from '../../protocol/bytes.ts';
import type { Clock, Random } from '../../protocol/clock.ts';
import { success } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import { encodeEnrolment } from '../../protocol/statements/enrolment.ts';
import type { Enrolment } from '../../protocol/statements/enrolment.ts';
import { anyAnswer, answerReader } from './http.ts';
import type { Api } from './http.ts';

const Terms = Type.Object({
  addresses: Type.Array(Type.String(), { minItems: 1 }),
  key: Type.String(),
  authority: Type.Optional(Type.String()),
  rootDigest: Type.String(),
});
/** What every enrolment string of this intermediary says. */
export type EnrolmentTerms = Static<typeof Terms>;

const readTerms = answerReader(Terms);

export function enrolmentTerms(api: Api): Promise<Outcome<EnrolmentTerms>> {
  return api.get('/api/enrolment-terms', readTerms);
}

export type EnrolmentWish = { readonly site: string; readonly uses: number; /** milliseconds from now */ readonly lifeMs: number };

/** Makes a string and registers it. */
export async function makeEnrolment(api: Api, terms: EnrolmentTerms, wish: EnrolmentWish, tools: { clock: Clock; random: Random }): Promise<Outcome<string>> {
  const enrolment: Enrolment = {
    addresses: terms.addresses,
    key: terms.key,
    rootDigest: terms.rootDigest,
    site: wish.site,
    enrolmentId: hex(tools.random(16)),
    secret: base64Url(tools.random(32)),
    notAfter: Math.floor((tools.clock.now() + wish.lifeMs) / 1000),
    uses: wish.uses,
    ...(terms.authority === undefined ? {} : { authority: terms.authority }),
  };
  const { enrolmentId: id, secret, site, notAfter, uses } = enrolment;
  const registered = await api.post('/api/enrolments', { id, secret, site, notAfter, uses }, anyAnswer);
  return registered.ok ? success(encodeEnrolment(enrolment)) : registered;
}
