/**
 * OpenSSH over one held-open connection (ControlMaster), for comparison: its own server on loopback, keys made for this
 * run, and a home folder without a profile: what the login shell reads from a person's own took ten times what ssh did.
 * A call starts `ssh`, as people do.
 */
import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Subject } from '../measure.ts';

const run = promisify(execFile);

/** Undefined where no OpenSSH server is installed. */
export async function openSsh(folder: string): Promise<Subject | undefined> {
  if (!existsSync('/usr/sbin/sshd')) return undefined;
  mkdirSync('/run/sshd', { recursive: true });
  const at = (name: string): string => join(folder, name);
  for (const name of ['host', 'user']) await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', at(name)]);
  writeFileSync(at('authorized'), readFileSync(at('user.pub')), { mode: 0o600 });
  const port = await freePort();
  writeFileSync(
    at('sshd_config'),
    `Port ${port}\nListenAddress 127.0.0.1\nHostKey ${at('host')}\nAuthorizedKeysFile ${at('authorized')}\nStrictModes no\nMaxSessions 200\nPidFile none\nUsePAM no\nSetEnv HOME=${folder}\n`,
  );
  const server = spawn('/usr/sbin/sshd', ['-D', '-f', at('sshd_config')], { stdio: 'ignore' });
  const options = ['-F', 'none', '-i', at('user'), '-p', String(port), '-o', 'StrictHostKeyChecking=no', '-o', `UserKnownHostsFile=${at('known')}`, '-o', `ControlPath=${at('ctl')}`];
  const target = `${userInfo().username}@127.0.0.1`;
  if (!master([...options, '-o', 'ControlMaster=yes', '-o', 'ControlPersist=yes', '-f', '-N', target])) {
    server.kill();
    return undefined;
  }
  return {
    name: 'OpenSSH ControlMaster echo hi',
    async call() {
      const { stdout } = await run('ssh', [...options, target, 'echo hi']);
      if (stdout !== 'hi\n') throw new Error('wrong answer');
    },
    async close() {
      spawnSync('ssh', [...options, '-O', 'exit', target], { stdio: 'ignore' });
      const ended = once(server, 'exit');
      server.kill();
      await ended;
    },
  };
}

/** The server needs a moment to listen: tried until it answers, ten times at most. */
function master(args: readonly string[]): boolean {
  for (let attempt = 0; attempt < 10; attempt += 1) {
    if (spawnSync('ssh', [...args, '-o', 'ConnectTimeout=2'], { stdio: 'ignore' }).status === 0) return true;
    spawnSync('sleep', ['0.2']);
  }
  return false;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
