/** When the intermediary wakes a machine, and what it then publishes at a real ntfy-like server. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { ntfySender } from '../../intermediary/wake-up/ntfy.ts';
import { systemClock } from '../../protocol/clock.ts';
import type { Clock } from '../../protocol/clock.ts';
import { limits } from '../../protocol/limits.ts';
import type { ToAgent } from '../../protocol/messages/agent.ts';
import { openWakeUp } from '../../protocol/wake-up.ts';
import type { WakeUp } from '../../protocol/wake-up.ts';
import { until } from '../execution/support.ts';
import { NtfyServer } from '../support/ntfy-server.ts';
import { connectedAgent } from '../support/protocol-agent.ts';
import type { ProtocolAgent } from '../support/protocol-agent.ts';
import { Relay, valueOf } from '../support/relay.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

type Channel = Extract<ToAgent, { kind: 'wake-up-channel' }>;
type Sleeping = { readonly ntfy: NtfyServer; readonly relay: Relay; readonly agent: ProtocolAgent; readonly channel: Channel; readonly waits: (() => void)[]; /** Lets the time between two wake-ups go by. */ pass(): void; send(nonce?: string): Promise<string> };

async function channelOf(agent: ProtocolAgent): Promise<Channel> {
  const find = (): Channel | undefined => agent.received.findLast((message) => message.kind === 'wake-up-channel');
  await until(() => find() !== undefined, 'the channel');
  const channel = find();
  if (channel === undefined) throw new Error('no channel');
  return channel;
}

/** A machine that was connected and is not any more; `waits` ends the spacing of its wake-ups. */
async function sleeping(t: ExecutionContext, token?: string): Promise<Sleeping> {
  const ntfy = await NtfyServer.start(t);
  ntfy.token = token;
  const tokenFile = join(await temporaryFolder(t), 'token');
  if (token !== undefined) writeFileSync(tokenFile, `${token}\n`);
  const waits: (() => void)[] = [];
  let aheadMs = 0;
  const clock: Clock = {
    ...systemClock,
    monotonic: () => systemClock.monotonic() + aheadMs,
    after: (delayMs, task) => {
      // what is left of the spacing is a fraction of milliseconds; the fixed times of sessions are not
      if (delayMs > limits.wakeUpEveryMs / 2 && delayMs < limits.wakeUpEveryMs && !Number.isInteger(delayMs)) waits.push(task);
      return systemClock.after(delayMs, task);
    },
  };
  const relay = await Relay.start(t, { clock, wakeUp: { ntfy: ntfy.url, tokenFile: token === undefined ? undefined : tokenFile } });
  const agent = await connectedAgent(relay, await relay.enrolment());
  const channel = await channelOf(agent);
  agent.end();
  await relay.shows(t, agent.agentId, false);
  const live = await relay.live(t, 'technician');
  const pass = (): void => {
    aheadMs += limits.wakeUpEveryMs;
  };
  const send = async (nonce?: string): Promise<string> => {
    const { envelope, targets, id } = await relay.directive('technician', [{ agentId: agent.agentId, ...(nonce === undefined ? {} : { nonce }) }]);
    t.is(await live.answer(live.send({ kind: 'submit', envelope, targets })), 'submitted');
    return id;
  };
  return { ntfy, relay, agent, channel, waits, pass, send };
}

async function opened({ ntfy, agent, channel }: Sleeping): Promise<WakeUp[]> {
  return Promise.all(ntfy.published.map(async ({ message }) => valueOf(await openWakeUp(message ?? '', agent.agentId, channel.key))));
}

test('a directive for a machine that is not connected wakes it, on its own topic, under its own key', async (t) => {
  const asleep = await sleeping(t, 'tk_secret');
  const { ntfy, channel, relay } = asleep;
  t.is(channel.server, ntfy.url);
  t.regex(channel.topic, /^behest-[0-9a-f]{32}$/);
  await asleep.send();
  await until(() => ntfy.published.length === 1, 'a wake-up');
  t.like(ntfy.published[0], { topic: channel.topic, priority: 2 });
  const [wakeUp] = await opened(asleep);
  t.like(wakeUp, { run: channel.run, number: channel.next, priority: 'low' });
  const machine = async () => (await relay.ask('/api/machines', { token: await relay.tokenOf('admin') })).json.find(({ id }: { id: string }) => id === asleep.agent.agentId);
  await until(async () => (await machine()).wakeUps?.sent === 1, 'the view');
  t.deepEqual((await machine()).wakeUps, { sent: 1, received: 0, missed: 0, refused: 0 });
});

test('many directives in a short time wake it once, and once more when the time is over', async (t) => {
  const asleep = await sleeping(t);
  for (let count = 0; count < 5; count += 1) await asleep.send();
  await until(() => asleep.waits.length === 1 && asleep.ntfy.published.length === 1, 'one wake-up');
  t.is(asleep.waits.length, 1);
  asleep.pass();
  asleep.waits[0]?.();
  await until(() => asleep.ntfy.published.length === 2, 'the second');
  t.deepEqual((await opened(asleep)).map(({ number }) => number), [1, 2]);
});

test('interactive work wakes with high priority, and does not wait for the time after a low one', async (t) => {
  const asleep = await sleeping(t);
  await asleep.send();
  await asleep.send(asleep.agent.nonce);
  await asleep.send(asleep.agent.nonce);
  await until(() => asleep.ntfy.published.length === 2, 'two wake-ups');
  t.deepEqual((await opened(asleep)).map(({ priority }) => priority), ['low', 'high']);
  t.deepEqual(asleep.ntfy.published.map(({ priority }) => priority), [2, 5]);
});

test('a machine that is connected is not woken, and an agent tells what became of wake-ups', async (t) => {
  const asleep = await sleeping(t);
  const { relay, agent, ntfy } = asleep;
  await agent.connect();
  await relay.shows(t, agent.agentId, true);
  const id = await asleep.send();
  await agent.until(() => agent.stored.has(id));
  t.is(ntfy.published.length, 0);
  agent.send({ kind: 'wake-ups', received: 3, missed: 2, refused: 1 });
  const told = async () => (await relay.ask('/api/machines', { token: await relay.tokenOf('admin') })).json[0].wakeUps;
  await until(async () => (await told())?.received === 3, 'the view');
  t.deepEqual(await told(), { sent: 0, received: 3, missed: 2, refused: 1 });
  agent.end();
});

test('topic and key stay the same from run to run, and numbers begin again under a later run', async (t) => {
  const { relay, agent, channel } = await sleeping(t);
  await relay.restart();
  agent.moveTo(relay);
  await agent.connect();
  await agent.until(() => agent.received.filter(({ kind }) => kind === 'wake-up-channel').length === 2);
  const again = await channelOf(agent);
  t.deepEqual({ ...again, run: 0 }, { ...channel, run: 0 });
  t.true(again.run > channel.run);
  agent.end();
});

test('a service that does not answer harms nothing: the directive is kept, the next wake-up has the next number', async (t) => {
  const asleep = await sleeping(t);
  asleep.ntfy.refuseWith = 429;
  t.truthy(await asleep.send());
  await until(() => asleep.ntfy.refused === 1, 'the refusal');
  asleep.ntfy.refuseWith = undefined;
  asleep.pass();
  await asleep.send();
  await until(() => asleep.ntfy.published.length === 1, 'the next');
  t.deepEqual((await opened(asleep)).map(({ number }) => number), [2]);
});

test('what is no address of an ntfy server is refused, and what a server answers is put in our words', async (t) => {
  for (const server of ['ntfy.sh', 'ftp://ntfy.sh', 'https://ntfy.sh/topic', 'https://me:word@ntfy.sh', 'https://ntfy.sh/?a', '']) {
    const made = ntfySender({ server });
    t.is(made.ok ? '' : made.code, 'usage', server);
  }
  const ntfy = await NtfyServer.start(t);
  const sender = valueOf(ntfySender({ server: ntfy.url }));
  t.true((await sender.send('topic', 'text', 'high')).ok);
  t.like(ntfy.published[0], { topic: 'topic', message: 'text', priority: 5 });
  ntfy.refuseWith = 429;
  t.like(await sender.send('topic', 'text', 'high'), { code: 'rate-limited' });
  ntfy.refuseWith = 500;
  t.like(await sender.send('topic', 'text', 'high'), { code: 'unreachable' });
  await ntfy.close();
  t.like(await sender.send('topic', 'text', 'high'), { code: 'unreachable' });
});
