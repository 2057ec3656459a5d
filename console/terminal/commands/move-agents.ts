/**
 * `behest move-agents`: the owner leads every machine to another address of the intermediary, and none is lost on the way.
 */
import { Command } from 'commander';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import { mayReach } from '../../../protocol/statements/policy-rules.ts';
import type { Root } from '../../../protocol/statements/root.ts';
import { nodeExchange } from '../../client/exchange-node.ts';
import { policyInForce, putRoot, rootOfVersion } from '../../client/policies.ts';
import { proxyFor } from '../../client/proxy-node.ts';
import type { Connection } from '../connection.ts';
import { finishedRoot, movedRoot, moveState, moveWords, readAddresses, signNextRoot } from '../owner/moving.ts';
import type { MoveState } from '../owner/moving.ts';
import { readOwner } from '../owner/owner-key.ts';
import { parseDuration } from '../text/durations.ts';
import { plain } from '../text/plain.ts';
import { conclude, exitCodes, settingsOf, withConnection } from '../toolkit.ts';
import type { CommandEnd, Toolkit } from '../toolkit.ts';
import { waitForMachines } from '../wait-for-machines.ts';

type MoveOptions = { readonly finish?: boolean; readonly leaveBehind?: boolean; readonly unchecked?: boolean; readonly wait: string; readonly json?: boolean };
type Asked = { readonly addresses: readonly string[] | undefined; readonly options: MoveOptions; readonly dataFolder: string };

/** Machines that have not confirmed, by name, before it says "and so many more". */
const namedAtMost = 10;

export function moveAgentsCommand(toolkit: Toolkit): Command {
  return new Command('move-agents')
    .description('lead all machines to another address of the intermediary')
    .argument('[addresses]', 'new addresses, best first, as host:port[,host:port]')
    .option('--finish', 'take the old addresses out of the root, when every machine has confirmed')
    .option('--leave-behind', 'with --finish: also when some have not; those may never come back')
    .option('--unchecked', 'do not try first whether the intermediary answers at the new addresses')
    .option('--wait <duration>', 'how long to wait for machines that are on line or poll', '5m')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', '\nNeeds the owner key in the data folder. Old and new addresses are accepted until --finish, so this can take weeks:\na machine that was off line comes by the old address and hears of the new one. Ctrl-C takes nothing back.\n\nExamples:\n  $ behest move-agents relay2.example.org:443\n  $ behest move-agents --finish')
    .action((addresses: string | undefined, options: MoveOptions, command: Command) =>
      conclude(toolkit, withConnection(toolkit, command, (connection) => move(toolkit, connection, { addresses, options, dataFolder: settingsOf(toolkit, command).dataFolder }))));
}

async function move(toolkit: Toolkit, connection: Connection, asked: Omit<Asked, 'addresses'> & { readonly addresses: string | undefined }): Promise<CommandEnd> {
  const addresses = asked.addresses === undefined ? success(undefined) : readAddresses(asked.addresses);
  if (!addresses.ok) return addresses;
  if (addresses.value === undefined && asked.options.finish !== true) return failure('usage', 'name the new address, or --finish');
  const waitMs = parseDuration(asked.options.wait);
  if (!waitMs.ok) return waitMs;
  const root = await rootForOwner(connection);
  if (!root.ok) return root;
  const all = { ...asked, addresses: addresses.value };
  return asked.options.finish === true ? finish(toolkit, connection, { ...all, root: root.value }) : begin(toolkit, connection, { ...all, root: root.value, waitMs: waitMs.value });
}

/** The root in force, for somebody who sees every machine: counting only some of them would strand the others. */
async function rootForOwner({ api, me }: Connection): Promise<Outcome<Root>> {
  const present = await policyInForce(api);
  if (!present.ok) return present;
  const seesAll = mayReach(present.value.policy, me.personId, '', '*');
  return seesAll ? success(present.value.root) : failure('forbidden', `${me.name} does not see every machine, and could not tell which have confirmed`);
}

async function begin(toolkit: Toolkit, connection: Connection, { addresses = [], options, dataFolder, root, waitMs }: Asked & { root: Root; waitMs: number }): Promise<CommandEnd> {
  for (const address of options.unchecked === true ? [] : addresses) {
    const answers = await answersAt(connection, address);
    if (!answers.ok) return answers;
  }
  const next = movedRoot(root, addresses, toolkit.clock);
  if (!next.ok) return next;
  const put = await putNext(connection, dataFolder, next.value);
  if (!put.ok) return put;
  toolkit.io.note(`root ${next.value.version} is in force: ${next.value.intermediary.addresses.join(', ')}`);
  const state = await followMove(toolkit, connection, { version: next.value.version, addresses, waitMs });
  report(toolkit, { root: next.value, state, json: options.json });
  if (state.confirmed === state.machines) toolkit.io.note('Every machine has confirmed. When they come by the new address: behest move-agents --finish');
  else toolkit.io.note(`Not yet: ${namesOf(state)}. They come by the old address; look again with behest agents, then behest move-agents --finish.`);
  return success(exitCodes.done);
}

async function finish(toolkit: Toolkit, connection: Connection, { addresses, options, dataFolder, root }: Asked & { root: Root }): Promise<CommandEnd> {
  const before = root.version > 1 ? await rootOfVersion(connection.api, root.version - 1) : success(undefined);
  if (!before.ok) return before;
  const next = finishedRoot({ last: root, before: before.value, named: addresses }, toolkit.clock);
  if (!next.ok) return next;
  const state = moveState(connection.machines.all, { version: root.version, addresses: next.value.intermediary.addresses }, toolkit.clock.now());
  if (state.missing.length > 0 && options.leaveBehind !== true) return failure('not-confirmed', `${moveWords(state)}; missing: ${namesOf(state)}`);
  const put = await putNext(connection, dataFolder, next.value);
  if (!put.ok) return put;
  toolkit.io.note(`root ${next.value.version} is in force: ${next.value.intermediary.addresses.join(', ')}`);
  report(toolkit, { root: next.value, state, json: options.json });
  return success(exitCodes.done);
}

/** Whether the intermediary answers there with a certificate that agents will take. */
async function answersAt({ profile }: Connection, address: string): Promise<Outcome<unknown>> {
  const { authority } = profile;
  const proxy = await proxyFor(`https://${address}`);
  if (!proxy.ok) return proxy;
  const exchange = nodeExchange({ address: `https://${address}`, proxy: proxy.value, ...(authority === undefined ? {} : { authority }) });
  const answer = await exchange({ method: 'GET', path: '/healthz', headers: {} });
  if (!answer.ok) return failure(answer.code, `${address}: ${answer.detail}; nothing was changed (--unchecked does it all the same)`);
  return answer.value.status < 500 ? answer : failure('unreachable', `${address} answers with ${answer.value.status}; nothing was changed`);
}

async function putNext(connection: Connection, dataFolder: string, root: Root): Promise<Outcome<void>> {
  const owner = await readOwner(dataFolder);
  if (!owner.ok) return owner;
  const envelope = await signNextRoot(owner.value, root);
  return envelope.ok ? putRoot(connection.api, envelope.value) : envelope;
}

/** Says each step, until all that are on line have confirmed. */
async function followMove({ io, clock }: Toolkit, connection: Connection, goal: { version: number; addresses: readonly string[]; waitMs: number }): Promise<MoveState> {
  let said = '';
  const look = (): boolean => {
    const state = moveState(connection.machines.all, goal, clock.now());
    if (moveWords(state) !== said) io.note((said = moveWords(state)));
    return state.confirmed + state.offLine === state.machines;
  };
  await waitForMachines(connection, clock, { withinMs: goal.waitMs, until: look });
  return moveState(connection.machines.all, goal, clock.now());
}

function report({ io }: Toolkit, { root, state, json }: { root: Root; state: MoveState; json: boolean | undefined }): void {
  const { missing, ...counts } = state;
  if (json === true) io.json({ rootVersion: root.version, addresses: root.intermediary.addresses, ...counts, missing: missing.map(({ id }) => id) });
  else io.line(moveWords(state));
}

function namesOf({ missing }: MoveState): string {
  const more = missing.length - namedAtMost;
  return [...missing.slice(0, namedAtMost).map(({ name }) => plain(name)), ...(more > 0 ? [`and ${more} more`] : [])].join(', ');
}
