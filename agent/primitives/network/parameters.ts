/**
 * How a technician names another machine.
 */
import { Type } from 'typebox';

/** Nothing that a program could take for a switch. */
export const hostParameter = Type.String({ title: 'Machine', description: 'Name or address of the other machine.', pattern: '^[A-Za-z0-9_:[][A-Za-z0-9_.:%[\\]-]*$', maxLength: 255 });
