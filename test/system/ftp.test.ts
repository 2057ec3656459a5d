/** An agent that gets out by nothing but FTP, with everything real: vsftpd, intermediary, agent, and a recorder on the wire. */
import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { pino } from 'pino';
import { startAgent } from '../../agent/agent.ts';
import { base64Url, utf8 } from '../../protocol/bytes.ts';
import { systemClock, systemRandom } from '../../protocol/clock.ts';
import { dialFtp } from '../../transports/ftp/dial.ts';
import { enrolmentFor } from '../support/enrolment-for.ts';
import { recordingPath, sharedFolder, startVsftpd } from '../support/ftp-server.ts';
import type { RecordingPath } from '../support/ftp-server.ts';
import { has } from '../support/needs.ts';
import { Relay } from '../support/relay.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const need = 'vsftpd (as root)';

async function agentOver(t: ExecutionContext, relay: Relay, path: RecordingPath, address: string): Promise<string> {
  const started = await startAgent({
    data: await temporaryFolder(t),
    enrol: await enrolmentFor(relay, address),
    version: 'test',
    metered: 'no',
    clock: systemClock,
    random: systemRandom,
    log: pino({ level: 'silent' }),
    rungs: [{ name: 'ftp', dial: (request) => dialFtp({ ...request, path, random: systemRandom }) }],
    connected: () => undefined,
    failed: (reason) => t.fail(reason.detail),
  });
  if (!started.ok) throw new Error(started.detail);
  t.teardown(() => started.value.stop());
  return started.value.agentId;
}

test('over FTP an agent enrols and carries out directives, and a capture of it all tells nothing', async (t) => {
  if (!has(t, need)) return;
  const folder = await sharedFolder(t);
  const [server, relay] = await Promise.all([startVsftpd(t, folder), Relay.start(t, { ftpFolder: folder })]);
  const path = recordingPath(t);
  const agentId = await agentOver(t, relay, path, server.address);
  await relay.shows(t, agentId, true);

  const live = await relay.live(t, 'technician');
  live.send({ kind: 'watch', topic: { of: 'directives' } });
  const command = 'echo the-secret-output-$((40+2)) # the-secret-command';
  const { envelope, targets, id } = await relay.directive('technician', [{ agentId }], { primitive: 'shell.execute', params: { command } });
  live.send({ kind: 'watch', topic: { of: 'output', directiveId: id, agentId } });
  live.send({ kind: 'submit', envelope, targets });
  await live.next('target', ({ target }) => target.state === 'succeeded');

  const recorded = path.bytes();
  t.true(recorded.includes('STOR agents/') && recorded.includes('BFT1'), 'it is FTP that was recorded');
  // two letters, as some machines are called, stand in any noise
  const names = [hostname()].filter((name) => name.length >= 8);
  for (const plain of [...names, 'hostname', 'bootedAtMs', command, 'the-secret-command', 'the-secret-output-42', 'shell.execute', agentId, 'technician', id, 'check-in']) {
    for (const form of [plain, base64Url(utf8(plain)), Buffer.from(plain).toString('base64').replace(/=+$/, '')]) {
      t.false(recorded.includes(form.slice(0, 60)), plain);
    }
  }
  t.log(`${recorded.length} bytes of FTP, control and data, for enrolment, check-in, one directive and its report`);
});

test('the connection is cut and the session goes on over the next one', async (t) => {
  if (!has(t, need)) return;
  const folder = await sharedFolder(t);
  const [server, relay] = await Promise.all([startVsftpd(t, folder), Relay.start(t, { ftpFolder: folder })]);
  const path = recordingPath(t);
  const agentId = await agentOver(t, relay, path, server.address);
  await relay.shows(t, agentId, true);
  const live = await relay.live(t, 'technician');
  live.send({ kind: 'watch', topic: { of: 'directives' } });
  const waitFor = join(await temporaryFolder(t), 'go');
  const { envelope, targets } = await relay.directive('technician', [{ agentId }], { primitive: 'shell.execute', params: { command: `while [ ! -e ${waitFor} ]; do sleep 0.1; done; echo $$ >> ${waitFor}` } });
  live.send({ kind: 'submit', envelope, targets });
  await live.next('target', ({ target }) => target.state === 'running');
  path.cut();
  t.false(existsSync(waitFor));
  const second = await relay.directive('technician', [{ agentId }], { primitive: 'shell.execute', params: { command: `touch ${waitFor}` } });
  live.send({ kind: 'submit', envelope: second.envelope, targets: second.targets });
  await live.next('target', ({ directiveId, target }) => directiveId === second.id && target.state === 'succeeded');
  t.true(existsSync(waitFor));
});
