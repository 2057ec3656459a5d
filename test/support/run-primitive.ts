/**
 * Runs one primitive as the agent would, in a worker, and prints its ending: for places that a test cannot be in itself,
 * such as a container. Arguments: name, parameters in JSON, time limit.
 */
import { makeWorkshop } from '../execution/support.ts';

const [, , primitive = '', params = '{}', timeoutMs = '20000'] = process.argv;
const { run, executor } = makeWorkshop();
const { ending, stdout } = await run(primitive, JSON.parse(params), { timeoutMs: Number(timeoutMs) });
await executor.stop();
process.stdout.write(JSON.stringify({ ...ending, stdout: stdout.toString() }));
