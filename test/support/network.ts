/**
 * A network of the test's own, made of namespaces: a machine behind a masquerading gateway that lets nothing in, and a server.
 *
 *   inside 10.91.1.2 ── 10.91.1.1 gateway 10.91.2.1 ── 10.91.2.2 outside
 */
import { execFileSync } from 'node:child_process';
import type { ExecutionContext } from 'ava';

export type Network = {
  readonly inside: string;
  readonly outside: string;
  /** Where the inside reaches the outside. */
  readonly outsideAddress: string;
  readonly insideAddress: string;
};

/** Builds it; it is taken down with the test. */
export function buildNetwork(t: ExecutionContext): Network {
  const suffix = String(process.pid);
  const [inside, gateway, outside] = ['in', 'gw', 'out'].map((name) => `behest-${name}-${suffix}`) as [string, string, string];
  for (const name of [inside, gateway, outside]) ip('netns', 'add', name);
  t.teardown(() => {
    for (const name of [inside, gateway, outside]) ip('netns', 'delete', name);
  });
  link(inside, gateway, '10.91.1');
  link(outside, gateway, '10.91.2');
  ip('-n', inside, 'route', 'add', 'default', 'via', '10.91.1.1');
  within(gateway, 'sysctl', '-qw', 'net.ipv4.ip_forward=1');
  // The outside has no route back to the inside: only what the gateway masquerades returns.
  within(gateway, '/usr/sbin/nft', 'add table ip behest');
  within(gateway, '/usr/sbin/nft', 'add chain ip behest nat { type nat hook postrouting priority 100 ; }');
  within(gateway, '/usr/sbin/nft', 'add rule ip behest nat ip saddr 10.91.1.0/24 masquerade');
  within(gateway, '/usr/sbin/nft', 'add chain ip behest forward { type filter hook forward priority 0 ; policy drop ; }');
  within(gateway, '/usr/sbin/nft', 'add rule ip behest forward ip saddr 10.91.1.0/24 accept');
  within(gateway, '/usr/sbin/nft', 'add rule ip behest forward ct state established,related accept');
  return { inside, outside, outsideAddress: '10.91.2.2', insideAddress: '10.91.1.2' };
}

/** Runs a program in a namespace and gives its output. */
export function within(namespace: string, program: string, ...args: readonly string[]): string {
  return execFileSync('ip', ['netns', 'exec', namespace, program, ...args], { encoding: 'utf8', timeout: 60_000 });
}

/** `.2` in the namespace, `.1` in the gateway. */
function link(namespace: string, gateway: string, prefix: string): void {
  const [near, far] = [`n${prefix.slice(-1)}-${process.pid}`, `f${prefix.slice(-1)}-${process.pid}`];
  ip('link', 'add', near, 'netns', namespace, 'type', 'veth', 'peer', 'name', far, 'netns', gateway);
  for (const [name, device, address] of [[namespace, near, `${prefix}.2/24`], [gateway, far, `${prefix}.1/24`]] as const) {
    ip('-n', name, 'address', 'add', address, 'dev', device);
    ip('-n', name, 'link', 'set', device, 'up');
    ip('-n', name, 'link', 'set', 'lo', 'up');
  }
}

function ip(...args: readonly string[]): void {
  execFileSync('ip', args, { timeout: 10_000 });
}
