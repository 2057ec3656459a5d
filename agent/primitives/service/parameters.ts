/**
 * How a technician names a service.
 */
import { Type } from 'typebox';

/** No pattern of several, and nothing that a program could take for a switch. */
export const serviceName = Type.String({ title: 'Service', description: 'Name of the service as service.list shows it, such as ssh or postgresql@15-main.', pattern: '^[A-Za-z0-9_$][A-Za-z0-9_.:@\\\\$() +-]*$', maxLength: 256 });
