import { readFile } from 'node:fs/promises';
import test from 'ava';
import { describeAll } from '../../agent/primitives/registry.ts';
import { readProcedure } from '../../protocol/procedure/check.ts';

test('the example of docs/procedures.md passes the checks against the agent’s own primitives', async (t) => {
  const page = await readFile(new URL('../../docs/procedures.md', import.meta.url), 'utf8');
  const [, json = ''] = /```json\n([\s\S]*?)```/.exec(page) ?? [];
  const known = new Map((await describeAll()).map((primitive) => [primitive.name, primitive]));
  const example: unknown = JSON.parse(json);
  t.deepEqual(readProcedure(example, (name) => known.get(name)), { procedure: example });
  t.like(readProcedure(JSON.parse(json.replace('shell.execute', 'shell.exec')), (name) => known.get(name)), { faults: [{ at: 'steps.copy.run' }] });
});
