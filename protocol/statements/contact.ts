/**
 * Contact settings as somebody signed them: the intermediary relays them and cannot make any. Complete for their scope
 * each time, the version of a scope only rising; no overrides at all clear it.
 */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { ContactOverrides, ContactScope } from '../contact-settings.ts';
import { Seconds } from './root.ts';

export const contactType = 'application/vnd.behest.contact.v1+json';

export const ContactStatement = Type.Object(
  {
    scope: ContactScope,
    overrides: ContactOverrides,
    /** Of this scope. */
    version: Type.Integer({ minimum: 1 }),
    /** The policy version its author saw. */
    policy: Type.Integer({ minimum: 1 }),
    issuedAt: Seconds,
  },
  { additionalProperties: false },
);
export type ContactStatement = Static<typeof ContactStatement>;
