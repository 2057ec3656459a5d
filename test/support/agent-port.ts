/**
 * The intermediary's real listener on a loopback port, with nothing behind it but a list of the transports that open there;
 * and the agent's real ways to dial it.
 */
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { rungs } from '../../agent/contact/ways/transports.ts';
import type { DialMemory } from '../../agent/contact/ways/transports.ts';
import { ensureServerCertificate } from '../../certs/server-certificate.ts';
import { makeListener } from '../../intermediary/listener/listener.ts';
import type { Listener, TlsPair } from '../../intermediary/listener/listener.ts';
import { agentTransports } from '../../intermediary/listener/transports.ts';
import { systemClock } from '../../protocol/clock.ts';
import type { Clock } from '../../protocol/clock.ts';
import type { Transport, TransportName } from '../../protocol/transport.ts';
import type { TransportPair } from '../contracts/transport.ts';
import { directPath } from '../../transports/path.ts';
import type { Path } from '../../transports/path.ts';
import { FaultProxy } from './fault-proxy.ts';
import { temporaryFolder } from './temporary-folder.ts';

export type AgentPort = {
  readonly port: number;
  readonly authority: string;
  readonly listener: Listener;
  /** How many have opened. */
  readonly count: number;
  /** Whether strangers are let in. */
  welcome: boolean;
  /** The next transport that opens. */
  next(): Promise<Transport>;
  /** Dials it as the agent does. */
  dial(name: TransportName, options?: { path?: Path; memory?: DialMemory; port?: number; clock?: Clock }): ReturnType<(typeof rungs)[number]['dial']>;
  /** ... and it works. */
  pair(name: TransportName, options?: { path?: Path; memory?: DialMemory; port?: number; clock?: Clock }): Promise<{ readonly agent: Transport; readonly intermediary: Transport }>;
};

let certificate: Promise<TlsPair & { readonly authority: string }> | undefined;

async function makeCertificate(t: ExecutionContext): Promise<TlsPair & { readonly authority: string }> {
  const outcome = await ensureServerCertificate(join(await temporaryFolder(t), 'tls'), [], systemClock);
  if (!outcome.ok) throw new Error(outcome.detail);
  return outcome.value;
}

export async function agentPort(t: ExecutionContext, clock: Clock = systemClock): Promise<AgentPort> {
  certificate ??= makeCertificate(t); // one for all tests of a process
  const pair = await certificate;
  const opened: Transport[] = [];
  const waiting: ((transport: Transport) => void)[] = [];
  const state = { count: 0, welcome: true };
  const accepted = (transport: Transport): void => {
    state.count += 1;
    const resolve = waiting.shift();
    if (resolve === undefined) opened.push(transport);
    else resolve(transport);
  };
  const agents = agentTransports({ clock, accepted, isWelcome: () => state.welcome });
  const listener = makeListener({ pair, agents, upgrades: new Map(), clock });
  listener.serve((_request, response) => response.end('served'));
  const bound = await listener.listen(0, '127.0.0.1');
  if (!bound.ok) throw new Error(bound.detail);
  t.teardown(() => listener.close());

  const next: AgentPort['next'] = () => {
    const transport = opened.shift();
    return transport === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(transport);
  };
  const dial: AgentPort['dial'] = (name, { path = directPath, port = bound.value, memory, clock: own = clock } = {}) => {
    const rung = rungs.find((each) => each.name === name);
    if (rung === undefined) throw new Error(`no rung ${name}`);
    return rung.dial({ address: `localhost:${port}`, authority: pair.authority, path, signal: new AbortController().signal, clock: own, ...(memory === undefined ? {} : { memory }) });
  };
  return Object.assign(state, {
    port: bound.value,
    authority: pair.authority,
    listener,
    next,
    dial,
    pair: async (...options: Parameters<AgentPort['pair']>) => {
      const [dialled, intermediary] = await Promise.all([dial(...options), next()]);
      if (!dialled.ok) throw new Error(`${dialled.code}: ${dialled.detail}`);
      t.teardown(() => dialled.value.close());
      return { agent: dialled.value, intermediary };
    },
  });
}

/** For the contract: both ends of a transport, through a relay that can be cut and held up. */
export function pairOver(name: TransportName): (t: ExecutionContext) => Promise<TransportPair> {
  return async (t) => {
    const server = await agentPort(t);
    const proxy = await FaultProxy.open(t, server.port);
    return {
      ...await server.pair(name, { port: proxy.port }),
      cut: () => proxy.break(),
      setReading: (isReading) => (isReading ? proxy.release() : proxy.hold()),
      sendGarbage: () => {
        proxy.inject('toServer', Buffer.from('0000ff00ff00ff00', 'hex'));
        if (name.endsWith('poll')) proxy.break(); // a poll outlives a spoilt connection, but not the loss of every one
      },
    };
  };
}

/** The system's clock, but time flies: for what waits for time and has no other event. */
export function hurriedClock(factor: number): Clock {
  return {
    now: () => systemClock.now(),
    monotonic: () => systemClock.monotonic() * factor,
    after: (delayMs, task) => systemClock.after(delayMs / factor, task),
  };
}
