/**
 * The desktops of people who are signed in: by the sockets of their X or Wayland servers, and by the programs that use
 * them, whose environment says how to get there. logind only says which of several is in front.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { markName } from '../../execution/process-tree.ts';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import { askTool } from '../tool.ts';
import type { ToolContext } from '../tool.ts';

export type Desktop = {
  readonly uid: number;
  readonly gid: number;
  /** Name of the account, or its number where it has none. */
  readonly user: string;
  readonly kind: 'x11' | 'wayland';
  /** Such as `:0` or `wayland-0`. */
  readonly name: string;
  /** What a program needs to show something there. */
  readonly environment: Readonly<Record<string, string>>;
};

/** Where to look; a test has its own. */
export type Places = { readonly processes: string; readonly xSockets: string; readonly runtimes: string; readonly accounts: string };

const places: Places = { processes: '/proc', xSockets: '/tmp/.X11-unix', runtimes: '/run/user', accounts: '/etc/passwd' };

/** What of a program's environment leads to its desktop. */
const wanted = ['DISPLAY', 'WAYLAND_DISPLAY', 'XAUTHORITY', 'XDG_RUNTIME_DIR', 'DBUS_SESSION_BUS_ADDRESS', 'XDG_CURRENT_DESKTOP', 'HOME', 'LANG'] as const;
const searchPath = '/usr/local/bin:/usr/bin:/bin';
const maxProcesses = 20_000;

/** The desktop of `user`, or without one that in front, else the first. Fails with `no-session`. */
export async function findDesktop(user: string | undefined, context: ToolContext): Promise<Outcome<Desktop>> {
  const listed = findDesktops().filter((desktop) => user === undefined || desktop.user === user);
  const alive = await Promise.all(listed.map((desktop) => answers(socketOf(desktop))));
  const all = listed.filter((_, index) => alive[index]);
  const [first, ...others] = all;
  if (first === undefined) return failure('no-session', user === undefined ? 'no X or Wayland server runs here' : `${user} has no desktop here`);
  if (others.length === 0) return success(first);
  const inFront = await activeDisplays(context);
  return success(all.find(({ name, uid }) => inFront.some((active) => active.uid === uid && (active.display === '' || active.display === name))) ?? first);
}

function socketOf({ kind, name, environment }: Desktop): string {
  return kind === 'x11' ? join(places.xSockets, `X${name.slice(1)}`) : join(environment['XDG_RUNTIME_DIR'] ?? '', name);
}

/** How long a server may take to accept: it is on this machine. */
const answersWithinMs = 1000;

/** Whether a server is behind it: one that was killed leaves its socket. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const settle = (is: boolean): void => {
      socket.destroy();
      resolve(is);
    };
    socket.setTimeout(answersWithinMs, () => settle(false));
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
  });
}

/** Every desktop that has a socket. */
export function findDesktops(from: Places = places): Desktop[] {
  const hints = readHints(from.processes);
  const accounts = readAccounts(from.accounts);
  const found = [...xServers(from.xSockets), ...waylandServers(from.runtimes)];
  return found.flatMap((server) => {
    const { kind, name, owner } = server;
    const hint = hintFor(server, hints);
    const uid = hint?.uid ?? owner;
    const account = accounts.get(uid);
    const environment = { HOME: account?.home ?? '/', PATH: searchPath, ...hint?.environment, ...(kind === 'x11' ? { DISPLAY: name } : { WAYLAND_DISPLAY: name, XDG_RUNTIME_DIR: join(from.runtimes, String(uid)) }) };
    return [{ uid, gid: account?.gid ?? uid, user: account?.name ?? String(uid), kind, name, environment }];
  });
}

/** Where the display manager runs the server as root, its programs say whose desktop it is; elsewhere the server's owner counts, whoever else looks at it. */
function hintFor({ kind, name, owner }: Server, hints: readonly Hint[]): Hint | undefined {
  const there = hints.filter(({ environment: { DISPLAY, WAYLAND_DISPLAY } }) => (kind === 'x11' ? screenOf(DISPLAY) : WAYLAND_DISPLAY) === name);
  const people = owner === 0 && kind === 'x11' ? there.find(({ uid }) => uid !== 0) : undefined;
  return people ?? there.find(({ uid }) => uid === owner);
}

/** The command that runs a program as the person of a desktop, with nothing of the agent's own environment but the directive's mark. */
export function commandOn(desktop: Desktop, program: readonly string[], directiveId: string): { readonly file: string; readonly args: readonly string[] } {
  const variables = Object.entries({ ...desktop.environment, [markName]: directiveId }).map(([name, value]) => `${name}=${value}`);
  const bare = ['env', '-i', ...variables, ...program];
  if (userInfo().uid === desktop.uid) return { file: 'env', args: bare.slice(1) };
  return { file: 'setpriv', args: [`--reuid=${desktop.uid}`, `--regid=${desktop.gid}`, '--init-groups', '--', ...bare] };
}

type Server = { readonly kind: 'x11' | 'wayland'; readonly name: string; readonly owner: number };
type Hint = { readonly uid: number; readonly environment: Readonly<Record<string, string>> };

function xServers(folder: string): Server[] {
  return entriesOf(folder).flatMap((entry) => {
    const number = /^X(\d+)$/.exec(entry)?.[1];
    const owner = number === undefined ? undefined : ownerOfSocket(join(folder, entry));
    return owner === undefined ? [] : [{ kind: 'x11' as const, name: `:${number}`, owner }];
  });
}

function waylandServers(folder: string): Server[] {
  return entriesOf(folder).flatMap((user) =>
    entriesOf(join(folder, user)).flatMap((entry) => {
      const owner = /^wayland-\d+$/.test(entry) ? ownerOfSocket(join(folder, user, entry)) : undefined;
      return owner === undefined ? [] : [{ kind: 'wayland' as const, name: entry, owner }];
    }),
  );
}

/** From every program with a desktop in its environment; those that the agent itself started there say nothing new. */
function readHints(folder: string): Hint[] {
  const numbers = entriesOf(folder).filter((entry) => /^\d+$/.test(entry)).slice(0, maxProcesses);
  return numbers.flatMap((number) => {
    const text = readText(join(folder, number, 'environ'));
    if (text === undefined || !text.includes('DISPLAY=') || text.includes(`${markName}=`)) return [];
    const uid = statSync(join(folder, number), { throwIfNoEntry: false })?.uid;
    return uid === undefined ? [] : [{ uid, environment: pick(text) }];
  });
}

function pick(environ: string): Record<string, string> {
  const pairs = environ.split('\0').map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)] as const);
  return Object.fromEntries(pairs.filter(([name]) => wanted.some((each) => each === name)));
}

/** `:0` of `:0.1` and of `unix:0`; a display on another machine is none of ours. */
function screenOf(display: string | undefined): string | undefined {
  const number = /^(?:unix)?:(\d+)(?:\.\d+)?$/.exec(display ?? '')?.[1];
  return number === undefined ? undefined : `:${number}`;
}

/** passwd(5). */
function readAccounts(file: string): ReadonlyMap<number, { readonly name: string; readonly gid: number; readonly home: string }> {
  const lines = (readText(file) ?? '').split('\n').map((line) => line.split(':'));
  return new Map(lines.flatMap(([name = '', , uid, gid, , home = '/']) => (uid === undefined ? [] : [[Number(uid), { name, gid: Number(gid), home }]])));
}

/** Which sessions are in front, where logind runs; `display` is empty for Wayland. */
async function activeDisplays(context: ToolContext): Promise<{ uid: number; display: string }[]> {
  const listed = await askTool('loginctl', ['list-sessions', '--no-legend'], context);
  if (!listed.ok || listed.value.exitCode !== 0) return [];
  const ids = listed.value.stdout.split('\n').flatMap((line) => line.trim().split(/\s+/)[0] || []);
  if (ids.length === 0) return [];
  const shown = await askTool('loginctl', ['show-session', '-p', 'User', '-p', 'Display', '-p', 'Active', ...ids], context);
  return shown.ok ? parseSessions(shown.value.stdout) : [];
}

/** What `loginctl show-session` says of several: blocks of `Name=value`, an empty line between. */
export function parseSessions(text: string): { uid: number; display: string }[] {
  const blocks = text.split('\n\n').map((block) => new Map(block.split('\n').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)])));
  return blocks.filter((block) => block.get('Active') === 'yes').map((block) => ({ uid: Number(block.get('User')), display: block.get('Display') ?? '' }));
}

function ownerOfSocket(path: string): number | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  return found?.isSocket() === true ? found.uid : undefined;
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // there is no such server here, or the program has just ended
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined; // the program has ended, or is not ours to read
  }
}
