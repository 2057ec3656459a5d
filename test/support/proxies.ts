/**
 * Real proxies, each a process of its own with its own configuration in a temporary folder: squid, tinyproxy, dante and OpenSSH. On a
 * free port of the loopback, or in a network namespace at the address given. Ended by their pid with the test.
 *
 *   const squid = await startSquid(t);                                     // http://127.0.0.1:41234
 *   const dante = await startDante(t, { namespace, address: '10.91.1.1' }) // within a namespace
 */
import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { chmod, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { Owner } from './owner.ts';
import { temporaryFolder } from './temporary-folder.ts';

export type Place = {
  /** Network namespace to run in; the test's own without it. */
  readonly namespace?: string;
  /** Where it listens; the loopback without it. */
  readonly address?: string;
  /** A free one without it. In a namespace nothing is asked: 3128, or 1080 for dante. */
  readonly port?: number;
};

export type Login = { readonly user: string; readonly password: string };

export type RunningProxy = {
  readonly host: string;
  readonly port: number;
  /** `host:port`. */
  readonly address: string;
  readonly pid: number;
  /** What it wrote to its log so far. */
  log(): string;
  /** Ends it now; otherwise the test's end does. */
  stop(): Promise<void>;
};

/** Names that it alone knows, of the loopback. */
type Knowing = { readonly names?: readonly string[] };

type SquidWish = Place & Knowing & { readonly login?: Login; readonly scheme?: 'basic' | 'digest'; /** Lines put in front: access rules and the like. */ readonly rules?: readonly string[]; /** PEM files for `https_port`. */ readonly tls?: { readonly certificate: string; readonly key: string }; /** How long a digest nonce holds: 1 s at least. */ readonly nonceSeconds?: number };

type DanteWish = Place & Knowing & { readonly login?: Login; /** Lines put in front: rules. */ readonly rules?: readonly string[]; /** Address or device by which it goes out; the one it listens on without it. */ readonly external?: string };

const realm = 'behest test';

/** squid: HTTP proxy, or HTTPS proxy with `tls`; basic or digest passwords with `login`. */
export async function startSquid(t: Owner, { login, scheme = 'basic', rules = [], tls, nonceSeconds, names = [], ...place }: SquidWish = {}): Promise<RunningProxy> {
  const folder = await folderForAnyone(t);
  const { host, port } = await spot(place, 3128);
  const passwords = join(folder, 'passwords');
  if (login !== undefined) await writeFile(passwords, scheme === 'basic' ? `${login.user}:${apr1(login.password)}\n` : `${login.user}:${realm}:${md5(`${login.user}:${realm}:${login.password}`)}\n`);
  if (tls !== undefined) await writeFile(join(folder, 'server.pem'), `${tls.certificate}${tls.key}`);
  const program = scheme === 'basic' ? '/usr/lib/squid/basic_ncsa_auth' : '/usr/lib/squid/digest_file_auth -c';
  const guard = login === undefined ? ['http_access allow all'] : [
    `auth_param ${scheme} program ${program} ${passwords}`, `auth_param ${scheme} children 1`, `auth_param ${scheme} realm ${realm}`,
    ...(scheme === 'digest' && nonceSeconds !== undefined ? [`auth_param digest nonce_max_duration ${nonceSeconds} seconds`, 'auth_param digest nonce_garbage_interval 1 seconds'] : []),
    'acl known proxy_auth REQUIRED', 'http_access allow known', 'http_access deny all',
  ];
  const listen = tls === undefined ? `http_port ${host}:${port}` : `https_port ${host}:${port} tls-cert=${join(folder, 'server.pem')}`;
  const log = join(folder, 'cache.log');
  await writeFile(join(folder, 'squid.conf'), [
    listen, 'visible_hostname behest-test', 'cache deny all', 'shutdown_lifetime 0 seconds', 'pinger_enable off', 'max_filedescriptors 1024',
    `pid_filename ${join(folder, 'squid.pid')}`, `access_log stdio:${join(folder, 'access.log')}`, `cache_log ${log}`, `coredump_dir ${folder}`, 'netdb_filename none', 'dns_timeout 5 seconds', 'connect_timeout 5 seconds',
    `hosts_file ${await hostsFile(folder, names)}`, ...rules, ...guard,
  ].map((line) => `${line}\n`).join(''));
  return start(t, { command: ['/usr/sbin/squid', '-N', '-f', join(folder, 'squid.conf')], place, host, port, log: () => `${readText(log)}${readText(join(folder, 'access.log'))}` });
}

/** tinyproxy: HTTP proxy, with a basic password when there is a `login`. */
export async function startTinyproxy(t: Owner, { login, ...place }: Place & { readonly login?: Login } = {}): Promise<RunningProxy> {
  const folder = await folderForAnyone(t);
  const { host, port } = await spot(place, 3128);
  const log = join(folder, 'tinyproxy.log');
  await writeFile(join(folder, 'tinyproxy.conf'), [
    `Port ${port}`, `Listen ${host}`, 'Timeout 600', 'MaxClients 100', `LogFile "${log}"`, 'LogLevel Info', 'DisableViaHeader Yes',
    ...(login === undefined ? [] : [`BasicAuth ${login.user} ${login.password}`]),
  ].map((line) => `${line}\n`).join(''));
  return start(t, { command: ['/usr/bin/tinyproxy', '-d', '-c', join(folder, 'tinyproxy.conf')], place, host, port, log: () => readText(log) });
}

/** dante: SOCKS 4, 4a and 5; with a `login`, SOCKS 5 with that name and password only. */
export async function startDante(t: Owner, { login, rules = [], external, names = [], ...place }: DanteWish = {}): Promise<RunningProxy> {
  const folder = await folderForAnyone(t);
  const { host, port } = await spot(place, 1080);
  const log = join(folder, 'dante.log');
  await writeFile(join(folder, 'danted.conf'), [
    `logoutput: ${log}`, `internal: ${host} port = ${port}`, `external: ${external ?? host}`, `socksmethod: ${login === undefined ? 'none' : 'username'}`, 'clientmethod: none', 'user.privileged: root', 'user.unprivileged: nobody',
    'client pass { from: 0.0.0.0/0 to: 0.0.0.0/0 log: error connect }', ...rules, 'socks pass { from: 0.0.0.0/0 to: 0.0.0.0/0 log: error connect }',
  ].map((line) => `${line}\n`).join(''));
  const dante = ['/usr/sbin/danted', '-N', '1', '-f', join(folder, 'danted.conf'), '-p', join(folder, 'danted.pid')];
  const own = [...(login === undefined ? [] : await usersWith(folder, login)), ...(names.length === 0 ? [] : [[await hostsFile(folder, names), '/etc/hosts'] as const])];
  return start(t, { command: withOwnFiles(own, dante), place, host, port, log: () => readText(log) });
}

/** dante asks the system's list of users. */
async function usersWith(folder: string, { user, password }: Login): Promise<(readonly [string, string])[]> {
  const [users, secrets] = [join(folder, 'passwd'), join(folder, 'shadow')];
  await writeFile(users, `${readFileSync('/etc/passwd', 'utf8')}${user}:x:65000:65534::/nonexistent:/usr/sbin/nologin\n`);
  await writeFile(secrets, `${user}:${execFileSync('openssl', ['passwd', '-6', '-stdin'], { input: password, encoding: 'utf8' }).trim()}:19000:0:99999:7:::\n`, { mode: 0o600 });
  return [[users, '/etc/passwd'], [secrets, '/etc/shadow']];
}

async function hostsFile(folder: string, names: readonly string[]): Promise<string> {
  const path = join(folder, 'hosts');
  await writeFile(path, `${readFileSync('/etc/hosts', 'utf8')}\n${names.map((name) => `127.0.0.1 ${name}\n`).join('')}`);
  return path;
}

/** The command sees files of its own in place of the system's, in a mount namespace, so that the machine's stay as they are. */
function withOwnFiles(own: readonly (readonly [string, string])[], command: readonly string[]): readonly string[] {
  if (own.length === 0) return command;
  return ['unshare', '--mount', 'sh', '-c', `${own.map(() => 'mount --bind "$1" "$2" && shift 2').join(' && ')} && exec "$@"`, 'sh', ...own.flat(), ...command];
}

/** OpenSSH's `-D`: SOCKS 4a and 5 of another maker, since dante has no 4a. Its server runs behind a pipe and listens nowhere. */
export async function startSshSocks(t: Owner, place: Place = {}): Promise<RunningProxy> {
  const folder = await temporaryFolder(t);
  const { host, port } = await spot(place, 1080);
  mkdirSync('/run/sshd', { recursive: true }); // sshd wants it
  for (const name of ['host', 'user']) execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)]);
  await writeFile(join(folder, 'sshd.conf'), `HostKey ${join(folder, 'host')}\nAuthorizedKeysFile ${join(folder, 'user.pub')}\nStrictModes no\nPidFile none\nUsePAM no\n`);
  const options = ['StrictHostKeyChecking=no', `UserKnownHostsFile=${join(folder, 'known')}`, 'BatchMode=yes', 'ExitOnForwardFailure=yes', `ProxyCommand=/usr/sbin/sshd -i -f ${join(folder, 'sshd.conf')}`];
  const command = ['ssh', '-F', 'none', '-N', '-i', join(folder, 'user'), ...options.flatMap((option) => ['-o', option]), '-D', `${host}:${port}`, `${userInfo().username}@behest-test`];
  return start(t, { command, place, host, port, log: () => '' });
}

/** A proxy that breaks TLS (intercepting-proxy.ts). */
export async function startInterceptor(t: Owner, place: Place = {}): Promise<RunningProxy & { /** PEM of its authority. */ authority(): string; /** What it was told inside of TLS. */ heard(): string }> {
  const folder = await temporaryFolder(t);
  const { host, port } = await spot(place, 3128);
  const command = [process.execPath, join(import.meta.dirname, 'intercepting-proxy.ts'), host, String(port), folder];
  const running = await start(t, { command, place, host, port, log: () => '' });
  return { ...running, authority: () => readText(join(folder, 'authority.pem')), heard: () => readText(join(folder, 'inside')) };
}

type Launch = { readonly command: readonly string[]; readonly place: Place; readonly host: string; readonly port: number; log(): string };

async function start(t: Owner, { command, place, host, port, log }: Launch): Promise<RunningProxy> {
  const whole = place.namespace === undefined ? command : ['ip', 'netns', 'exec', place.namespace, ...command];
  const said: string[] = [];
  const child = spawn(whole[0] ?? '', whole.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] });
  for (const output of [child.stdout, child.stderr]) output.on('data', (chunk: Buffer) => said.push(chunk.toString()));
  const ended = new Promise<void>((resolve) => void child.once('close', () => resolve()));
  const stop = (): Promise<void> => end(child, ended);
  t.teardown(stop);
  await listening({ namespace: place.namespace, port, child, said: () => `${said.join('')}${log()}` });
  return { host, port, address: `${host}:${port}`, pid: child.pid ?? 0, log: () => `${said.join('')}${log()}`, stop };
}

async function end(child: ChildProcess, ended: Promise<void>): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
  const last = setTimeout(() => child.kill('SIGKILL'), 5000);
  await ended;
  clearTimeout(last);
}

/** Asks the kernel who listens, since a connection of ours would stand in the proxy's log. */
async function listening({ namespace, port, child, said }: { namespace: string | undefined; port: number; child: ChildProcess; said: () => string }): Promise<void> {
  const wanted = new RegExp(`:${port.toString(16).toUpperCase().padStart(4, '0')} [0-9A-F]+:0000 0A `);
  for (let tries = 0; tries < 600; tries++) {
    const table = namespace === undefined ? readFileSync('/proc/net/tcp', 'utf8') : execFileSync('ip', ['netns', 'exec', namespace, 'cat', '/proc/net/tcp'], { encoding: 'utf8' });
    if (wanted.test(table)) return;
    if (child.exitCode !== null) break;
    await new Promise((resolve) => { setTimeout(resolve, 50); });
  }
  throw new Error(`${child.spawnargs.join(' ')} does not listen on ${port}: ${said()}`);
}

async function spot({ namespace, address = '127.0.0.1', port }: Place, usual: number): Promise<{ host: string; port: number }> {
  return { host: address, port: port ?? (namespace === undefined ? await freePort() : usual) };
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

/** The proxies give up their rights and must still reach their files. */
async function folderForAnyone(t: Owner): Promise<string> {
  const folder = await temporaryFolder(t);
  await chmod(folder, 0o777);
  return folder;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}

function apr1(password: string): string {
  return execFileSync('openssl', ['passwd', '-apr1', '-stdin'], { input: password, encoding: 'utf8' }).trim();
}
