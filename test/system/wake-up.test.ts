/** A real agent that waits a long time before its next attempt, and an outside service that says it is wanted. */
import test from 'ava';
import { pino } from 'pino';
import { startAgent } from '../../agent/agent.ts';
import { rungs } from '../../agent/contact/ways/transports.ts';
import { systemClock, systemRandom } from '../../protocol/clock.ts';
import { failure } from '../../protocol/outcome.ts';
import { until } from '../execution/support.ts';
import { enrolmentFor } from '../support/enrolment-for.ts';
import { NtfyServer } from '../support/ntfy-server.ts';
import { Relay } from '../support/relay.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const [wss] = rungs;

test('an agent that would not call for ten minutes calls at once when it is woken, and tells of it', async (t) => {
  const ntfy = await NtfyServer.start(t);
  const relay = await Relay.start(t, { wakeUp: { ntfy: ntfy.url } });
  let isBlocked = false;
  let attempts = 0;
  const started = await startAgent({
    data: await temporaryFolder(t),
    enrol: await enrolmentFor(relay, `localhost:${relay.port}`),
    version: 'test',
    metered: 'no',
    clock: systemClock,
    random: systemRandom,
    log: pino({ level: 'silent' }),
    rungs: [{
      name: 'wss',
      dial: async (request) => {
        attempts += 1;
        return isBlocked || wss === undefined ? { ...failure('unreachable', 'blocked by the test'), retryAfterMs: 600_000 } : wss.dial({ ...request, address: `localhost:${relay.port}` });
      },
    }],
    connected: () => undefined,
    failed: (reason) => t.fail(reason.detail),
  });
  if (!started.ok) return t.fail(started.detail);
  t.teardown(() => started.value.stop());
  const { agentId } = started.value;
  await relay.shows(t, agentId, true);
  await until(() => ntfy.listeners === 1, 'the subscription');

  isBlocked = true;
  const before = attempts;
  await relay.restart();
  await until(() => attempts > before, 'an attempt in vain');
  isBlocked = false;
  const live = await relay.live(t, 'technician');
  live.send({ kind: 'watch', topic: { of: 'directives' } });
  const { envelope, targets } = await relay.directive('technician', [{ agentId }]);
  live.send({ kind: 'submit', envelope, targets });
  await live.next('target', ({ target }) => target.state === 'succeeded');
  t.is(ntfy.published.length, 1);
  const [machine] = (await relay.ask('/api/machines', { token: await relay.tokenOf('admin') })).json;
  t.deepEqual(machine.wakeUps, { sent: 1, received: 1, missed: 0, refused: 0 });
});
