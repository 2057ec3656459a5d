/**
 * Network namespaces that a test makes for itself: whole hosts of their own, joined by virtual cables. Everything made is
 * handed to its owner at once, so that nothing is left on the machine.
 */
import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess, StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import type { Owner } from './owner.ts';

const nft = '/usr/sbin/nft';

/** What must be taken down, last made first. */
export class Ends implements Owner {
  readonly #tasks: (() => void | Promise<void>)[] = [];

  teardown(task: () => void | Promise<void>): void {
    this.#tasks.push(task);
  }

  async close(): Promise<void> {
    for (const task of this.#tasks.splice(0).toReversed()) await task();
  }
}

/** A namespace with its loopback up. The name carries our process id, so that two runs never meet. */
export function addNamespace(owner: Owner, name: string): string {
  const namespace = `behest-${name}-${process.pid}`;
  ip('netns', 'add', namespace);
  owner.teardown(() => ip('netns', 'delete', namespace));
  ip('-n', namespace, 'link', 'set', 'lo', 'up');
  return namespace;
}

export type Plug = { readonly namespace: string; /** At most 15 characters. */ readonly device: string; /** With their prefix lengths. */ readonly addresses: readonly string[] };

/** A cable between two namespaces. */
export function addCable(one: Plug, other: Plug): void {
  ip('link', 'add', one.device, 'netns', one.namespace, 'type', 'veth', 'peer', 'name', other.device, 'netns', other.namespace);
  for (const { namespace, device, addresses } of [one, other]) {
    for (const address of addresses) addAddress(namespace, device, address);
    ip('-n', namespace, 'link', 'set', device, 'up');
  }
}

/** `nodad`: an IPv6 address is usable at once, without the second that duplicates are looked for. */
export function addAddress(namespace: string, device: string, address: string): void {
  ip('-n', namespace, 'address', 'add', address, 'dev', device, ...(address.includes(':') ? ['nodad'] : []));
}

export function ip(...args: readonly string[]): void {
  execFileSync('ip', args, { timeout: 10_000, stdio: ['ignore', 'ignore', 'pipe'] });
}

/** Gives a namespace these firewall rules, in nftables' own language. */
export function setRules(namespace: string, ruleset: string): void {
  execFileSync('ip', ['netns', 'exec', namespace, nft, '-f', '-'], { input: ruleset, timeout: 10_000, stdio: ['pipe', 'ignore', 'pipe'] });
}

/** Runs a program in a namespace and gives its output. */
export function within(namespace: string, program: string, ...args: readonly string[]): string {
  return execFileSync('ip', ['netns', 'exec', namespace, program, ...args], { encoding: 'utf8', timeout: 60_000 });
}

export type StartOptions = { readonly environment?: NodeJS.ProcessEnv; readonly stdio?: StdioOptions };

/** Starts a program in a namespace; it is ended with the rest. `ip netns exec` becomes the program, so its pid is the program's. */
export function startWithin(owner: Owner, namespace: string, command: readonly [string, ...string[]], { environment, stdio = ['pipe', 'ignore', 'ignore'] }: StartOptions = {}): ChildProcess {
  const child = spawn('ip', ['netns', 'exec', namespace, ...command], { stdio, ...(environment === undefined ? {} : { env: environment }) });
  owner.teardown(() => stop(child));
  return child;
}

/** Asks a child to end, and insists after five seconds. */
export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const insist = setTimeout(() => child.kill('SIGKILL'), 5000);
  await ended;
  clearTimeout(insist);
}
