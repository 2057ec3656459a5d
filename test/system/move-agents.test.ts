/** A fleet moves to another address of its intermediary: real programs, two ways in, one machine that sleeps through it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { readStatus } from '../../agent/status-file.ts';
import { DataFolder } from '../../console/terminal/quick-start/data-folder.ts';
import { foundInstallation } from '../../console/terminal/quick-start/found.ts';
import { choosePort } from '../../console/terminal/quick-start/port.ts';
import { startProgram } from '../../console/terminal/quick-start/programs.ts';
import type { RunningProgram } from '../../console/terminal/quick-start/programs.ts';
import { readProfile } from '../../console/terminal/profile.ts';
import { systemClock, systemRandom } from '../../protocol/clock.ts';
import type { Machine } from '../../protocol/messages/live.ts';
import { behest, eventually, start } from '../support/behest.ts';
import { Forwarder } from '../support/forwarder.ts';
import { take } from '../support/house.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

type Fleet = { readonly data: string; readonly old: Forwarder; readonly fresh: Forwarder; startAgent(name: string, ...args: string[]): RunningProgram; machines(): Promise<Machine[]>; folderOf(name: string): string };

/** An intermediary that is reached by `old`; `fresh` leads to it too. The console goes to it by neither. */
async function fleet(t: ExecutionContext): Promise<Fleet> {
  const folder = take(DataFolder.claim(await temporaryFolder(t)));
  const [old, fresh] = [await Forwarder.open(), await Forwarder.open()];
  take(await foundInstallation(folder, { port: old.port }, { clock: systemClock, random: systemRandom }));
  const port = take(await choosePort(0, undefined));
  old.target = fresh.target = port;
  const profilePath = folder.at('profile.json');
  writeFileSync(profilePath, JSON.stringify({ ...take(readProfile(profilePath)), address: `https://localhost:${port}` }));
  const run = (name: 'agent' | 'intermediary', args: string[]): RunningProgram => {
    const program = startProgram(name, ['run', ...args, '--exit-with-parent'], () => {});
    t.teardown(() => program.stop());
    return program;
  };
  t.teardown(async () => {
    await Promise.all([old.close(), fresh.close()]);
    folder.release();
  });
  take(await run('intermediary', ['--data', folder.at('intermediary'), '--port', String(port), '--root', folder.at('owner', 'root.json'), '--policy', folder.at('owner', 'policy.json'), '--json']).ready);
  const folderOf = (name: string): string => join(folder.path, name);
  return {
    data: folder.path, old, fresh, folderOf,
    startAgent: (name, ...args) => run('agent', ['--data', folderOf(name), ...args]),
    machines: async () => JSON.parse((await behest(folder.path, ['agents', '--json'])).stdout.toString()),
  };
}

async function enrolment({ data }: Fleet): Promise<string> {
  return (await behest(data, ['enrol-token'])).stdout.toString().trim();
}

test.serial('both addresses are accepted until each machine has confirmed, and one that slept through it comes by the old one', async (t) => {
  t.timeout(180_000);
  const here = await fleet(t);
  const { data, old, fresh } = here;
  const online = async (count: number) => eventually(async () => (await here.machines()).filter((machine) => machine.online).length === count, 30_000);
  here.startAgent('awake', '--enrol', await enrolment(here));
  const sleeper = here.startAgent('sleeper', '--enrol', await enrolment(here));
  await online(2);
  await sleeper.stop();
  await online(1);

  const begun = await behest(data, ['move-agents', `localhost:${fresh.port}`, '--json']);
  t.is(begun.code, 0, begun.stderr);
  const { missing, ...counts } = JSON.parse(begun.stdout.toString());
  t.deepEqual(counts, { rootVersion: 2, addresses: [`localhost:${fresh.port}`, `localhost:${old.port}`], machines: 2, confirmed: 1, polling: 0, offLine: 1, moved: 0 });
  t.is(missing.length, 1);
  t.regex(begun.stderr, /1 of 2 have confirmed; 1 off line/);
  t.is(readStatus(here.folderOf('awake'))?.rootVersion, 2);

  const early = await behest(data, ['move-agents', '--finish']);
  t.is(early.code, 1);
  t.regex(early.stderr, /error\[not-confirmed\]: 1 of 2 have confirmed; 1 off line; missing: \S+/);

  const takenByOld = old.taken;
  here.startAgent('sleeper');
  await eventually(async () => (await here.machines()).every(({ rootVersion }) => rootVersion === 2), 30_000);
  t.true(old.taken > takenByOld, 'it came by the address it knew');

  const done = await behest(data, ['move-agents', '--finish', '--json']);
  t.is(done.code, 0, done.stderr);
  t.like(JSON.parse(done.stdout.toString()), { rootVersion: 3, addresses: [`localhost:${fresh.port}`], confirmed: 2 });
  await eventually(() => ['awake', 'sleeper'].every((name) => readStatus(here.folderOf(name))?.rootVersion === 3), 30_000);

  await old.close();
  const isMoved = (name: string): boolean => {
    const status = readStatus(here.folderOf(name));
    return status?.state === 'connected' && status.address === `localhost:${fresh.port}`;
  };
  await eventually(() => isMoved('awake') && isMoved('sleeper'), 60_000);
  t.true(fresh.taken >= 2);
});

test.serial('a move is refused before anything has changed when the new address is none, does not answer, or is there already', async (t) => {
  t.timeout(120_000);
  const { data, old, fresh } = await fleet(t);
  const nowhere = await Forwarder.open();
  const { port } = nowhere;
  await nowhere.close();
  const refusals: readonly (readonly [string[], RegExp])[] = [
    [['move-agents'], /error\[usage\]: name the new address, or --finish/],
    [['move-agents', 'https://relay.example:443'], /error\[usage\]: https:\/\/relay\.example:443 is not an address; write host:port/],
    [['move-agents', 'relay.example'], /error\[usage\]: relay\.example is not an address/],
    [['move-agents', `localhost:${port}`], new RegExp(`error\\[unreachable\\]: localhost:${port}: .*nothing was changed`)],
    // the certificate of the intermediary holds for localhost and 127.0.0.1, not for this one
    [['move-agents', `127.0.0.2:${fresh.port}`], /error\[(unreachable|certificate-refused)\]/],
    [['move-agents', '--finish'], /error\[usage\]: there is no other address in the root in force/],
    [['move-agents', 'relay.example:443', '--finish'], /error\[usage\]: relay\.example:443 is not in the root in force/],
  ];
  for (const [args, expected] of refusals) {
    const { code, stderr } = await behest(data, args);
    t.is(code, 1, args.join(' '));
    t.regex(stderr, expected);
  }
  const root = JSON.parse((await behest(data, ['policy', 'show', '--json'])).stdout.toString()).root;
  t.deepEqual([root.version, root.intermediary.addresses], [1, [`localhost:${old.port}`]]);
  const forced = await behest(data, ['move-agents', `localhost:${port}`, '--unchecked', '--json']);
  t.like(JSON.parse(forced.stdout.toString()), { rootVersion: 2, machines: 0, confirmed: 0 });
});

test.serial('it waits for machines that are on line, saying how far it is, and --leave-behind does not wait for the others', async (t) => {
  t.timeout(120_000);
  const here = await fleet(t);
  const agent = here.startAgent('only', '--enrol', await enrolment(here));
  await eventually(async () => (await here.machines())[0]?.online === true, 30_000);
  // on line and deaf: stopped as a process, so that its confirmation does not come
  process.kill(agent.pid ?? 0, 'SIGSTOP');
  const moving = start(here.data, ['move-agents', `localhost:${here.fresh.port}`]);
  await eventually(() => moving.said().includes('0 of 1 have confirmed'), 30_000);
  process.kill(agent.pid ?? 0, 'SIGCONT');
  const moved = await moving.ended;
  t.is(moved.code, 0, moved.stderr);
  t.regex(moved.stderr, /0 of 1 have confirmed\n1 of 1 have confirmed/);
  await agent.stop();
  await eventually(async () => (await here.machines())[0]?.online === false, 30_000);
  t.is((await behest(here.data, ['move-agents', `localhost:${here.old.port + 1}`, '--unchecked'])).code, 0);
  t.is((await behest(here.data, ['move-agents', '--finish'])).code, 1);
  const left = await behest(here.data, ['move-agents', '--finish', '--leave-behind', '--json']);
  t.like(JSON.parse(left.stdout.toString()), { rootVersion: 4, addresses: [`localhost:${here.old.port + 1}`], confirmed: 0, offLine: 1 });
});
