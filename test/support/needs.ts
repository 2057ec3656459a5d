/**
 * Programs of the machine that some tests want. Where one is missing the test says so in one line and is skipped;
 * with CI=true it fails instead, so that nothing is left out in silence.
 */
import { spawnSync } from 'node:child_process';
import type { ExecutionContext } from 'ava';

const probes = {
  chromium: ['chromium', '--version'],
  'network namespaces': ['ip', 'netns', 'list'],
  ssh: ['ssh', '-V'],
  nftables: ['/usr/sbin/nft', '--version'],
  // it changes to the public user, so it must be root that starts it
  'vsftpd (as root)': ['sh', '-c', '/usr/sbin/vsftpd -v && test "$(id -u)" = 0'],
  squid: ['/usr/sbin/squid', '-v'],
  'Xvfb (as root)': ['sh', '-c', 'command -v Xvfb && setpriv --version && test "$(id -u)" = 0'],
  xdotool: ['sh', '-c', 'command -v xdotool'],
  zenity: ['sh', '-c', 'command -v zenity'],
  x11vnc: ['sh', '-c', 'command -v x11vnc && command -v xterm'],
  imagemagick: ['convert', '-version'],
  tinyproxy: ['/usr/bin/tinyproxy', '-v'],
  // a container of its own, with mounts and control groups
  'systemd-nspawn (as root)': ['sh', '-c', 'systemd-nspawn --version && setpriv --version && test "$(id -u)" = 0'],
  'systemd-journal-remote': ['/lib/systemd/systemd-journal-remote', '--version'],
  'apt and dpkg-deb (as root)': ['sh', '-c', 'apt-get --version && dpkg-deb --version && perl -v && test "$(id -u)" = 0'],
  useradd: ['sh', '-c', 'command -v useradd && command -v runuser && command -v ssh-keygen'],
  at: ['at', '-V'],
  ping: ['ping', '-V'],
  dante: ['/usr/sbin/danted', '-v'],
  wine: ['wine', '--version'],
} as const;

export type Need = keyof typeof probes;

const known = new Map<Need, boolean>();

/** Whether this machine lacks it. Asked once. */
export function missing(need: Need): boolean {
  const answer = known.get(need) ?? !works(probes[need]);
  known.set(need, answer);
  return answer;
}

/** True when the test can go on; otherwise the test has been passed over in one line, or failed under CI=true. */
export function has(t: ExecutionContext, ...needs: readonly Need[]): boolean {
  const absent = needs.filter(missing);
  if (absent.length === 0) return true;
  const line = `skipped, since this machine has no ${absent.join(', ')}`;
  if (process.env['CI'] === 'true') t.fail(line);
  else {
    t.log(line);
    t.pass();
  }
  return false;
}

function works([program, ...args]: readonly [string, ...string[]]): boolean {
  return spawnSync(program, args, { stdio: 'ignore', timeout: 10_000 }).status === 0;
}
