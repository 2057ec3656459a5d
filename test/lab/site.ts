/**
 * One network of the lab: a machine behind a gateway whose rules say what gets out, and the real agent on it.
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { readStatus } from '../../agent/status-file.ts';
import type { Status } from '../../agent/status-file.ts';
import type { TransportName } from '../../protocol/transport.ts';
import { projectRoot } from '../architecture/sources.ts';
import { addCable, addNamespace, Ends, ip, setRules, startWithin, stop, within } from '../support/namespaces.ts';
import { relay } from './world.ts';
import type { World } from './world.ts';

/** How long anything here may take at all; what it should take, the table says. */
const patienceMs = 60_000;

export type AgentStart = { readonly args?: readonly string[]; readonly environment?: NodeJS.ProcessEnv };
export type Wanted = { readonly addresses?: readonly string[] | undefined; readonly transport?: TransportName };
export type Contact = { readonly afterMs: number; readonly status: Status };

export class Site {
  readonly ends = new Ends();
  readonly inside: string;
  readonly gateway: string;
  readonly number: number;
  readonly folder: string;
  readonly #world: World;
  #agent: ChildProcess | undefined;

  /** With a route outwards and no rule yet: everything is let out, nothing in. */
  constructor(world: World) {
    this.#world = world;
    this.number = world.nextSite();
    this.folder = join(world.folder, `site-${this.number}`);
    mkdirSync(this.folder);
    this.inside = addNamespace(this.ends, `in${this.number}`);
    this.gateway = addNamespace(this.ends, `gw${this.number}`);
    const { number: n } = this;
    addCable({ namespace: this.inside, device: 'eth0', addresses: [`${this.insideAddress}/24`, `fd93:${n}::2/64`] }, { namespace: this.gateway, device: 'lan0', addresses: [`${this.gatewayAddress}/24`, `fd93:${n}::1/64`] });
    addCable({ namespace: this.gateway, device: 'wan0', addresses: [`10.92.${n}.1/24`, `fd92:${n}::1/64`] }, { namespace: world.outside, device: `wan${n}`, addresses: [`10.92.${n}.2/24`, `fd92:${n}::2/64`] });
    this.routeOut();
    ip('-n', this.gateway, 'route', 'add', relay.v4, 'via', `10.92.${n}.2`);
    ip('-n', this.gateway, 'route', 'add', relay.v6, 'via', `fd92:${n}::2`);
    for (const key of ['net.ipv4.ip_forward', 'net.ipv6.conf.all.forwarding']) within(this.gateway, 'sysctl', '-qw', `${key}=1`);
    this.letOut('accept');
  }

  get gatewayAddress(): string {
    return `10.93.${this.number}.1`;
  }

  get insideAddress(): string {
    return `10.93.${this.number}.2`;
  }

  /** The default routes of the machine, also after its link was down. */
  routeOut(): void {
    ip('-n', this.inside, 'route', 'replace', 'default', 'via', this.gatewayAddress);
    ip('-n', this.inside, 'route', 'replace', 'default', 'via', `fd93:${this.number}::1`);
  }

  /** A gateway that masquerades, lets nothing in, and lets out what `rule` says ("tcp dport 443 accept"). `redirect`: what it takes for itself. */
  letOut(rule: string, redirect = ''): void {
    setRules(this.gateway, `
      table inet lab
      delete table inet lab
      table inet lab {
        chain out { type nat hook postrouting priority 100
          oifname "wan0" masquerade
        }
        chain take { type nat hook prerouting priority -100
          ${redirect}
        }
        chain forward { type filter hook forward priority 0; policy drop
          ct state established,related accept
          iifname "lan0" ${rule}
        }
      }`);
  }

  /** Starts the agent, which enrols if it never has, and waits for its session by the given transport, whichever it is without one. */
  async contact(start: AgentStart = {}, { addresses, transport }: Wanted = {}): Promise<Contact> {
    const isNew = this.status === undefined;
    const enrol = isNew ? ['--enrol', await this.#world.enrolment(addresses)] : [];
    const startedMs = Date.now();
    this.startAgent([...enrol, ...(start.args ?? [])], start.environment);
    const status = await this.until((present) => present.state === 'connected' && present.sinceMs >= startedMs && (transport === undefined || present.transport === transport));
    return { afterMs: status.sinceMs - startedMs, status };
  }

  startAgent(args: readonly string[], environment: NodeJS.ProcessEnv = {}): void {
    const command = [process.execPath, join(projectRoot, 'agent/launch.mjs'), 'run', '--data', this.folder, '--exit-with-parent', ...args] as const;
    this.#agent = startWithin(this.ends, this.inside, command, { environment: { PATH: process.env['PATH'], ...environment } });
  }

  async stopAgent(): Promise<void> {
    if (this.#agent !== undefined) await stop(this.#agent);
  }

  /** Takes the network down with everything that runs in it. */
  close(): Promise<void> {
    return this.ends.close();
  }

  /** Where a proxy runs on the gateway. */
  get atGatewayAddress(): { readonly namespace: string; readonly address: string } {
    return { namespace: this.gateway, address: this.gatewayAddress };
  }

  /** Starts a program of test/lab/programs on the gateway and waits until it says that it listens. */
  async atGateway(program: string, ...args: readonly string[]): Promise<void> {
    const child = startWithin(this.ends, this.gateway, [process.execPath, join(import.meta.dirname, 'programs', program), ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
    if (child.stdout === null) throw new Error(`${program} has no output`);
    await once(child.stdout, 'data', { signal: AbortSignal.timeout(20_000) });
  }

  /** What the agent last wrote of itself. */
  get status(): Status | undefined {
    return readStatus(this.folder);
  }

  /** Waits until the agent says so of itself. */
  async until(isSo: (status: Status) => boolean): Promise<Status> {
    const endMs = performance.now() + patienceMs;
    for (;;) {
      const { status } = this;
      if (status !== undefined && isSo(status)) return status;
      if (performance.now() > endMs) throw new Error(`not so within ${patienceMs} ms; the agent says ${JSON.stringify(status)}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Sockets that listen in the machine's namespace, as ss lists them: none, ever. */
  listening(): string {
    return within(this.inside, 'ss', '-Hltun').trim();
  }

  /** Runs a command on the machine by a signed directive and gives its output. */
  run(command: string): string {
    const { agentId } = this.status ?? { agentId: '' };
    return this.#world.behest('run', agentId, 'shell.execute', '--command', command);
  }
}
