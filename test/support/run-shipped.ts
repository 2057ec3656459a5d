/**
 * Runs one shipped procedure with the real runner and prints what became of it: for places that a test cannot be in itself.
 * Arguments: name, values in JSON.
 */
import { makeRunner, shipped } from '../procedure/support.ts';

const ends: (() => unknown)[] = [];
const [, , name = '', values = '{}'] = process.argv;
const ran = await makeRunner({ teardown: (end) => void ends.push(end) })(shipped(name), JSON.parse(values));
for (const end of ends) await end();
process.stdout.write(`${JSON.stringify(ran)}\n`);
