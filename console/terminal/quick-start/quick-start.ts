/**
 * The plan of the quick start, step by step.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { invitationLink, makeInvitation } from '../../../protocol/invitation.ts';
import type { Invitation } from '../../../protocol/invitation.ts';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import { registerInvitation } from '../../client/invitations.ts';
import { connect } from '../connection.ts';
import type { Connection } from '../connection.ts';
import { answerRequests } from '../owner/key-requests.ts';
import type { Owner } from '../owner/owner-key.ts';
import { plain } from '../text/plain.ts';
import { exitCodes } from '../toolkit.ts';
import type { CommandEnd, Toolkit } from '../toolkit.ts';
import { announcementJson, announcementLines } from './announcement.ts';
import type { Announced } from './announcement.ts';
import { DataFolder } from './data-folder.ts';
import { foundInstallation, placeArguments } from './found.ts';
import type { Place } from './found.ts';
import { choosePort } from './port.ts';
import { Stage } from './stage.ts';
import { startAgent } from './this-machine.ts';

/** Where .ci/prepare.mjs leaves the browser's console. */
const builtConsole = join(import.meta.dirname, '..', '..', '..', 'dist', 'web');

/** How soon the end of npm is noticed. */
const parentCheckMs = 500;

export type QuickStartWishes = {
  readonly dataFolder: string;
  /** 0: any free one */
  readonly port: number | undefined;
  /** Name or address by which other machines reach this one; absent: only this machine does. */
  readonly host: string | undefined;
  readonly agent: boolean;
  readonly json: boolean;
  /** Shows the logs of the programs on standard error. */
  readonly verbose: boolean;
};

/** Runs until it is told to stop, or until something ends that should not. */
export async function quickStart(toolkit: Toolkit, wishes: QuickStartWishes): Promise<CommandEnd> {
  const folder = DataFolder.claim(wishes.dataFolder);
  if (!folder.ok) return folder;
  const stage = new Stage((line) => wishes.verbose && toolkit.io.note(line));
  const stopped = toldToStop(toolkit.environment);
  const started = await Promise.race([setUp(toolkit, wishes, folder.value, stage), stopped]);
  if (started === 'stop' || !started.ok) {
    await stage.clear();
    if (folder.value.isFirstStart) folder.value.restore();
    else folder.value.release();
    return started === 'stop' ? success(exitCodes.done) : started;
  }
  announce(toolkit, wishes, started.value);
  const end = await Promise.race([stopped, stage.firstLoss()]);
  if (end === 'stop') toolkit.io.note('stopping …');
  await stage.clear();
  folder.value.release();
  return end === 'stop' ? success(exitCodes.done) : end;
}

async function setUp(toolkit: Toolkit, wishes: QuickStartWishes, folder: DataFolder, stage: Stage): Promise<Outcome<Announced>> {
  const port = await choosePort(wishes.port, folder.memory?.port);
  if (!port.ok) return port;
  const host = chooseHost(wishes.host, folder);
  if (!host.ok) return host;
  const place: Place = { port: port.value, host: host.value };
  const founded = await foundInstallation(folder, place, toolkit);
  if (!founded.ok) return founded;
  folder.remember({ ...folder.memory, port: place.port, ...(place.host === undefined ? {} : { host: place.host }) });

  const listening = await stage.start('intermediary', intermediaryArguments(folder, place)).ready;
  if (!listening.ok) return listening;

  const connection = await connect({ dataFolder: folder.path, profilePath: folder.at('profile.json') }, toolkit);
  if (!connection.ok) return connection;
  stage.connection = connection.value;

  const agent = wishes.agent ? await startAgent({ folder, stage, connection: connection.value }, toolkit) : success(undefined);
  if (!agent.ok) return agent;
  if (agent.value !== undefined) folder.remember({ ...folder.memory, port: place.port, agentId: agent.value.id });
  const link = await inviteFirst(toolkit, connection.value, founded.value.owner);
  if (!link.ok) return link;
  const { address: url } = founded.value.profile;
  return success({
    url,
    signInUrl: invitationLink(url, link.value.invitation),
    linkNotAfterMs: link.value.notAfter * 1000,
    owner: founded.value.owner,
    machine: agent.value,
    folder,
  });
}

/** A folder keeps the name of its first start, since the signed root says it. */
function chooseHost(asked: string | undefined, folder: DataFolder): Outcome<string | undefined> {
  const { memory } = folder;
  if (memory === undefined || asked === undefined || asked === memory.host) return success(memory?.host ?? asked);
  return failure('conflict', `the machines of this data folder call ${memory.host ?? 'localhost'}; for ${asked} choose another folder with --data`);
}

function intermediaryArguments(folder: DataFolder, place: Place): string[] {
  const ownerSigned = ['--root', folder.at('owner', 'root.json'), '--policy', folder.at('owner', 'policy.json')];
  const page = existsSync(builtConsole) ? ['--static', builtConsole] : [];
  return ['run', '--data', folder.at('intermediary'), ...placeArguments(place), ...(place.host === undefined ? [] : ['--host', '::']), ...ownerSigned, ...page, '--json', '--exit-with-parent'];
}

/** A fresh link, and from now on the owner's answer to whoever uses it. */
async function inviteFirst(toolkit: Toolkit, connection: Connection, owner: Owner): Promise<Outcome<{ invitation: Invitation; notAfter: number }>> {
  const { io, clock } = toolkit;
  const invitation = makeInvitation(toolkit.random);
  const registered = await registerInvitation(connection.api, invitation, clock);
  if (!registered.ok) return registered;
  answerRequests({ api: connection.api, live: connection.desk.live, owner, clock }, [invitation], {
    signed: ({ name, policyVersion }) => io.note(`${plain(name)} can sign in now: the owner key signed policy ${policyVersion}.`),
    refused: ({ code, detail }) => io.note(`error[${code}]: ${plain(detail)}`),
  });
  return success({ invitation, notAfter: registered.value.notAfter });
}

function announce({ io }: Toolkit, wishes: QuickStartWishes, announced: Announced): void {
  if (wishes.json) io.json(announcementJson(announced));
  else for (const line of announcementLines(announced, io.paint)) io.line(line);
}

/** A signal, or the end of the npm that started us: killed outright, it could not pass anything on. */
function toldToStop(environment: NodeJS.ProcessEnv): Promise<'stop'> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve('stop'));
    if (environment['npm_lifecycle_event'] !== 'start') return;
    const npm = process.ppid;
    const watch = setInterval(() => {
      if (process.ppid === npm) return;
      clearInterval(watch);
      resolve('stop');
    }, parentCheckMs);
  });
}
