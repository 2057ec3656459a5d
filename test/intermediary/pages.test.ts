/** What is served besides the API: the console's files, the description of the API, health and figures. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { connectedAgent } from '../support/protocol-agent.ts';
import { Relay } from '../support/relay.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('every address of the console is its page, and nothing outside its folder is served', async (t) => {
  const folder = await temporaryFolder(t);
  const consoleFolder = join(folder, 'dist');
  mkdirSync(join(consoleFolder, 'assets'), { recursive: true });
  writeFileSync(join(consoleFolder, 'index.html'), '<title>console</title>');
  writeFileSync(join(consoleFolder, 'assets', 'app-1234.js'), 'void 0');
  writeFileSync(join(folder, 'secret'), 'secret');
  const relay = await Relay.start(t, { consoleFolder });
  const page = (path: string) => relay.ask(path, { headers: { accept: 'text/html' } });
  for (const path of ['/', '/machines/0123/terminal?tab=1', '/anything']) {
    const answer = await page(path);
    t.is(answer.status, 200, path);
    t.true(answer.body.includes('console'), path);
    t.is(answer.headers['cache-control'], 'no-cache');
  }
  const asset = await relay.ask('/assets/app-1234.js');
  t.regex(String(asset.headers['cache-control']), /immutable/);
  for (const path of ['/../secret', '/%2e%2e/secret', '/assets/..%2f..%2fsecret', '/..%5csecret']) {
    const answer = await relay.ask(path);
    t.false(answer.body.includes('secret') && answer.status === 200, path);
  }
  t.is((await page('/api/nothing')).json.code, 'no-such-page');
  t.is((await relay.ask('/nothing.js')).status, 404);
});

test('the API describes itself, every route of it, and its page brings all it needs along', async (t) => {
  const relay = await Relay.start(t);
  const { json } = await relay.ask('/api/docs/json');
  const described = Object.keys(json.paths);
  for (const { url } of relay.now.routes) {
    if (url.startsWith('/api/docs')) continue;
    t.true(described.includes(url.replaceAll(/:(\w+)/g, '{$1}')), url);
  }
  const { body } = await relay.ask('/api/docs/');
  for (const [, path = ''] of body.matchAll(/(?:src|href)="([^"]+)"/g)) {
    t.false(/^(https?:)?\/\//.test(path), path);
    t.is((await relay.ask(new URL(path, 'https://localhost/api/docs/').pathname)).status, 200, path);
  }
});

test('health tells of store and sessions, and figures count what happens', async (t) => {
  const relay = await Relay.start(t);
  const agent = await connectedAgent(relay, await relay.enrolment());
  t.teardown(() => agent.end());
  const live = await relay.live(t, 'technician');
  const directive = await relay.directive('technician', [{ agentId: agent.agentId }]);
  t.is(await live.submit(directive), 'submitted');
  await agent.until(() => agent.stored.has(directive.id));
  t.deepEqual((await relay.ask('/healthz')).json, { status: 'ok', store: 'ok', sessions: 1 });
  const { body } = await relay.ask('/metrics');
  for (const line of ['behest_sessions 1', 'behest_machines 1', 'behest_live_sockets 1', 'behest_directives_accepted_total 1', 'behest_targets_ended_total{state="succeeded"} 1', 'process_cpu_seconds_total']) t.true(body.includes(line), line);
});
