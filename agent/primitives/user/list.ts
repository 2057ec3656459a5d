/**
 * The accounts of the machine.
 */
import { Type } from 'typebox';
import { success } from '../../../protocol/outcome.ts';
import { defineAgentPrimitive } from '../agent-primitive.ts';
import { boundedRows, mostRows, truncatedField } from '../rows.ts';
import { accounts, SessionRow, UserRow } from './accounts.ts';

/** So many of those that are signed in are listed one by one. */
const sessionsShown = 200;

export const userList = defineAgentPrimitive({
  name: 'user.list',
  title: 'List users',
  description: 'The accounts of the machine with their groups, whether they are locked, when they were last signed in, and who is signed in now.',
  risk: 'read',
  streams: 'none',
  platforms: ['linux'],
  params: Type.Object(
    {
      services: Type.Optional(Type.Boolean({ title: 'Accounts of services too', description: 'Also those that no person signs in with.', default: false })),
      most: mostRows(500),
    },
    { additionalProperties: false },
  ),
  result: Type.Object(
    {
      users: Type.Array(UserRow, { title: 'Users', description: 'In the order of the system.' }),
      sessions: Type.Array(SessionRow, { title: 'Signed in now', description: 'Each session.' }),
      truncated: truncatedField,
    },
    { additionalProperties: false },
  ),
  async run({ services = false, most = 500 }, context) {
    const found = accounts();
    if (!found.ok) return found;
    const listed = await found.value.list(context);
    if (!listed.ok) return listed;
    const { rows, truncated } = boundedRows(listed.value.users.filter(({ kind }) => services || kind !== 'service'), most);
    return success({ users: rows, sessions: listed.value.sessions.slice(0, sessionsShown), truncated: truncated || listed.value.sessions.length > sessionsShown });
  },
});
