/**
 * A machine whose first process is a real systemd: a container by systemd-nspawn with a small root of its own, the
 * programs of this machine, and no network.
 */
import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, existsSync, lstatSync, mkdirSync, readFileSync, readlinkSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { until } from '../execution/support.ts';
import type { Ending } from '../../agent/execution/ending.ts';
import type { Owner } from './owner.ts';
import { temporaryFolder } from './temporary-folder.ts';

const project = realpathSync(join(import.meta.dirname, '..', '..'));
const modules = realpathSync(join(project, 'node_modules'));
const runner = join(import.meta.dirname, 'run-primitive.ts');

/** What a login and a system bus need, and nothing that starts a service. */
const copied = ['passwd', 'group', 'shadow', 'nsswitch.conf', 'ld.so.cache', 'pam.d', 'login.defs', 'dbus-1', 'alternatives', 'crontab', 'cron.d'];
/** Services that this machine has and that would only slow the start. */
const masked = ['console-getty', 'postgresql', 'cron', 'atd', 'ssh', 'squid', 'tinyproxy', 'danted', 'vsftpd', 'systemd-timesyncd', 'apt-daily', 'apt-daily-upgrade', 'man-db', 'e2scrub_reap'];

export type SystemdMachine = {
  /** The ending of a primitive that an agent on that machine has run. */
  run(primitive: string, params?: Record<string, unknown>, timeoutMs?: number): Promise<Ending & { readonly stdout: string }>;
  /** Runs a program there and gives its output. */
  sh(command: string): Promise<string>;
  /** Exit code of systemd-nspawn: 133 when the machine asked to be started again. */
  readonly ended: Promise<number | null>;
};

/** Starts it with these units, by their file names, and waits until it is up. */
export async function bootSystemd(owner: Owner, units: Readonly<Record<string, string>> = {}): Promise<SystemdMachine> {
  const root = await temporaryFolder(owner);
  makeRoot(root, units);
  // nspawn ends with this process
  const nspawn = spawn('setpriv', ['--pdeathsig', 'KILL', 'systemd-nspawn', '-q', '-D', root, `--machine=behest-${process.pid}`, '--bind-ro=/usr', `--bind-ro=${project}`, `--bind-ro=${modules}`,
    '--private-network', '--register=no', '--keep-unit', '--boot'], { stdio: 'ignore' });
  owner.teardown(() => end(nspawn));
  const leader = await leaderOf(nspawn);
  const sh = (command: string) => within(leader, ['sh', '-c', command]);
  await until(() => sh('systemctl is-system-running || true').then((state) => /^(running|degraded)/.test(state), () => false), 'systemd to be up');
  return {
    sh,
    run: async (primitive, params = {}, timeoutMs = 20_000) => JSON.parse(await within(leader, [realpathSync(process.execPath), runner, primitive, JSON.stringify(params), String(timeoutMs)])),
    ended: once(nspawn, 'exit').then(([code]) => code),
  };
}

function makeRoot(root: string, units: Readonly<Record<string, string>>): void {
  // its services run as others, who must be let into it
  chmodSync(root, 0o755);
  for (const folder of ['etc/systemd/system', 'var/log/journal', 'var/lib', 'run', 'tmp', 'root', 'proc', 'sys', 'dev', 'usr']) mkdirSync(join(root, folder), { recursive: true });
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) if (existsSync(`/${name}`) && lstatSync(`/${name}`).isSymbolicLink()) symlinkSync(readlinkSync(`/${name}`), join(root, name));
  for (const name of copied) if (existsSync(`/etc/${name}`)) cpSync(`/etc/${name}`, join(root, 'etc', name), { recursive: true, verbatimSymlinks: true });
  writeFileSync(join(root, 'etc/os-release'), 'ID=debian\nVERSION_ID=12\n');
  writeFileSync(join(root, 'etc/machine-id'), '');
  for (const name of masked) symlinkSync('/dev/null', join(root, 'etc/systemd/system', `${name}.service`));
  for (const [name, text] of Object.entries(units)) writeFileSync(join(root, 'etc/systemd/system', name), text);
}

/** Number of its first process, once that is systemd. */
async function leaderOf(nspawn: ChildProcess): Promise<number> {
  let leader = 0;
  await until(() => {
    leader = childrenOf(nspawn)[0] ?? 0;
    return leader > 0 && readOrEmpty(`/proc/${leader}/comm`).trim() === 'systemd';
  }, 'systemd-nspawn to start systemd');
  return leader;
}

async function within(leader: number, command: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('nsenter', ['-t', String(leader), '-a', 'sh', '-c', 'cd / && exec "$@"', 'sh', ...command], { timeout: 60_000, maxBuffer: 2 ** 26, env: { PATH: `${dirname(process.execPath)}:/usr/sbin:/usr/bin:/sbin:/bin` } });
  return stdout;
}

/** Its first process before nspawn itself: the container would outlive that, and with its first process goes all of it. */
async function end(nspawn: ChildProcess): Promise<void> {
  if (nspawn.exitCode !== null || nspawn.signalCode !== null) return;
  const ended = once(nspawn, 'exit');
  for (const child of childrenOf(nspawn)) process.kill(child, 'SIGKILL');
  nspawn.kill('SIGKILL');
  await ended;
}

function childrenOf({ pid }: ChildProcess): number[] {
  return readOrEmpty(`/proc/${pid}/task/${pid}/children`).split(' ').filter((number) => number !== '').map(Number);
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
