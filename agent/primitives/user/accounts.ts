/**
 * What the user family wants of a system. One implementation each; the primitive knows no system.
 */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import type { PrimitiveContext } from '../../../protocol/primitive.ts';
import { unixAccounts } from './unix.ts';

/** What is not known is absent. */
export const UserRow = Type.Object(
  {
    name: Type.String({ title: 'Name', description: 'With which the user signs in.' }),
    id: Type.String({ title: 'Number', description: 'By which the system knows the account.' }),
    fullName: Type.String({ title: 'Full name', description: 'Of the person, where it was given.' }),
    kind: Type.Enum(['administrator', 'person', 'service'], { title: 'Kind', description: 'administrator: may do everything; service: an account of a program, nobody signs in with it.' }),
    locked: Type.Optional(Type.Boolean({ title: 'Locked', description: 'Whether no password opens it. A key still may.' })),
    groups: Type.Array(Type.String(), { title: 'Groups', description: 'That it belongs to, its own first.' }),
    sessions: Type.Integer({ title: 'Signed in', description: 'How many times it is signed in now.' }),
    lastSignInAtMs: Type.Optional(Type.Integer({ title: 'Last signed in', description: 'Milliseconds since 1970.' })),
    home: Type.String({ title: 'Home', description: 'Its directory.' }),
    shell: Type.String({ title: 'Shell', description: 'Program that it is given when it signs in.' }),
  },
  { additionalProperties: false },
);
export type UserRow = Static<typeof UserRow>;

export const SessionRow = Type.Object(
  {
    user: Type.String({ title: 'User', description: 'Who is signed in.' }),
    terminal: Type.String({ title: 'Terminal', description: 'Where.' }),
    sinceAtMs: Type.Optional(Type.Integer({ title: 'Since', description: 'Milliseconds since 1970.' })),
    from: Type.Optional(Type.String({ title: 'From', description: 'Machine from which, or the screen.' })),
  },
  { additionalProperties: false },
);
export type SessionRow = Static<typeof SessionRow>;

export type UserContext = Pick<PrimitiveContext, 'signal' | 'directiveId'>;
export type Users = { readonly users: readonly UserRow[]; readonly sessions: readonly SessionRow[] };
export type Accounts = { list(context: UserContext): Promise<Outcome<Users>> };

export function accounts(): Outcome<Accounts> {
  return process.platform === 'linux' ? success(unixAccounts) : failure('not-on-this-platform', process.platform);
}
