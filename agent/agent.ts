/**
 * The agent put together: trust, execution and contact, in that order, and taken apart in the other.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { platform as nodePlatform } from 'node:os';
import type { Logger } from 'pino';
import { unbase64Url } from '../protocol/bytes.ts';
import type { Clock, Random } from '../protocol/clock.ts';
import type { ErrorCode } from '../protocol/errors.ts';
import { limits } from '../protocol/limits.ts';
import { answerLive } from '../protocol/live-stream.ts';
import { failure, success } from '../protocol/outcome.ts';
import type { Failure, Outcome } from '../protocol/outcome.ts';
import { platforms } from '../protocol/primitive.ts';
import { decodeEnrolment } from '../protocol/statements/enrolment.ts';
import { Connection } from './contact/connection.ts';
import type { Call, ConnectionOptions } from './contact/connection.ts';
import type { ContactState } from './contact/contact-state.ts';
import { Directives } from './contact/directives.ts';
import { gatherFacts } from './contact/session/facts.ts';
import { findPathsBy } from './contact/ways/find-paths.ts';
import type { FindPaths } from './contact/ways/find-paths.ts';
import { describeWay } from './contact/ways/ladder.ts';
import { glanceAtNetwork, lookAtNetwork } from './contact/network/look.ts';
import { meteredBy } from './contact/network/metered.ts';
import type { MeteredSetting } from './contact/network/metered.ts';
import { PolledNetwork } from './contact/network/watch.ts';
import { machine } from './contact/proxies/surroundings.ts';
import { SignedSettings } from './contact/settings/settings.ts';
import { rungs } from './contact/ways/transports.ts';
import type { Rung } from './contact/ways/transports.ts';
import { WakeUps } from './contact/wake-up/wake-up.ts';
import { WayMemory } from './contact/ways/way-memory.ts';
import { Executor } from './execution/executor.ts';
import { LiveRuns } from './execution/live-runs.ts';
import type { AnswerLive } from './execution/live-runs.ts';
import { WorkerPool } from './execution/pool.ts';
import { Spawner } from './execution/spawner/client.ts';
import { IdleMemory } from './idle-memory.ts';
import { ownLogIn } from './own-log.ts';
import { ownSettings, ownStatus } from './own-words.ts';
import type { AgentSelf } from './primitives/agent/self.ts';
import { openRegistry } from './primitives/registry.ts';
import type { Registry } from './primitives/registry.ts';
import { machineZone } from './schedules/zone.ts';
import { StatusFile } from './status-file.ts';
import { openTrust } from './trust/trust.ts';
import type { Trust } from './trust/trust.ts';

export type AgentOptions = {
  readonly data: string;
  readonly enrol?: string;
  /** A proxy, and the address of a proxy auto-configuration file, that are tried before what is found. */
  readonly proxy?: string;
  readonly pac?: string;
  readonly version: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Ways to dial; those of contact/transports.ts unless a test has others. */
  readonly rungs?: readonly Rung[];
  /** Whether the machine's network costs by the byte; `auto`, as without it, asks the system. */
  readonly metered?: MeteredSetting;
  /** In place of what the machine and the intermediary say. */
  readonly surroundings?: Partial<Pick<ConnectionOptions, 'findPaths' | 'isMetered' | 'network' | 'settings'>>;
  connected(): void;
  /** It cannot go on: an enrolment that the intermediary will never take. */
  failed(reason: Failure): void;
};

export type Agent = {
  readonly agentId: string;
  /** Somebody outside asks for a contact now. */
  callNow(call: Call): void;
  /** Ends everything within `limits.stopWithinMs`. */
  stop(): Promise<void>;
};

/** What the intermediary itself says of an enrolment string, authentically, and no waiting can change. All else may be a portal or a proxy. */
const finalForEnrolment: readonly ErrorCode[] = ['enrolment-expired', 'enrolment-used-up', 'key-unknown'];

/** Opens the data folder, enrols if asked to, and begins to call. Nothing runs when it fails. */
export async function startAgent(options: AgentOptions): Promise<Outcome<Agent>> {
  const { clock, random, log } = options;
  const network = new PolledNetwork(clock, lookAtNetwork, glanceAtNetwork);
  const findPaths = readProxySettings(options, () => network.present().state);
  if (!findPaths.ok) return findPaths;
  const opened = openOwnTrust(options);
  if (!opened.ok) return opened;
  const trust = opened.value;
  const registry = await openRegistry(selfOf(options, () => ({ trust, connection, status, settings, executor, registry })));
  const spawner = new Spawner({ clock, idleMs: limits.workerIdleMs });
  const live = new LiveRuns({ clock, spawner, answer: sealer(trust, random) });
  const idleMemory = new IdleMemory(clock);
  const executor = new Executor({ clock, stateFolder: options.data, live, spawner, idle: () => idleMemory.used(), pool: new WorkerPool({ maxWorkers: limits.maxWorkers, tasksPerWorker: limits.tasksPerWorker, workerIdleMs: limits.workerIdleMs }) });
  const directives = new Directives({ trust, executor, live, registry, clock, log, zone: machineZone });
  const settings = new SignedSettings(() => trust.contact.overrides);
  const status = new StatusFile(options.data, clock, () => ({ ...factsOf(trust, options.version), ...wakeUps.counts, contact: settings.present(), failedAttempts: [...connection.failedWays] }));
  const surroundings = { findPaths: findPaths.value, network, settings, ...options.surroundings };
  const wakeUps = new WakeUps({
    clock, random, log,
    agentId: trust.identity.agentId,
    findPaths: surroundings.findPaths,
    isUp: () => surroundings.network.present().isUp,
    callNow: (call) => connection.callNow(call),
  });
  const connection = new Connection({
    trust, clock, random,
    rungs: options.rungs ?? rungs,
    isMetered: meteredBy(options.metered ?? 'auto', clock),
    memory: new WayMemory(join(options.data, 'ways.json')),
    ...surroundings,
    facts: () => gatherFacts(clock, options.version),
    conversation: {
      directives, registry, log, wakeUps,
      settings: () => surroundings.settings.present(),
      statementsChanged: () => {
        settings.reread();
        status.rewrite();
      },
    },
    changed: (state) => {
      tell(state, { status, idleMemory, options });
      if (state.state === 'waiting' && isFresh(trust) && finalForEnrolment.includes(state.code)) options.failed(failure(state.code, state.detail));
    },
    failed: (way, { code, detail }) => log.warn({ ...describeWay(way), code, detail }, 'attempt failed'),
  });
  await executor.endLeftovers(trust.interruptedAtStart());
  directives.resume();
  connection.start();
  return success({ agentId: trust.identity.agentId, callNow: (call) => connection.callNow(call), stop: () => stop({ connection, executor, directives, trust, wakeUps }) });
}

type Self = { readonly trust: Trust; readonly connection: Connection; readonly status: StatusFile; readonly settings: SignedSettings; readonly executor: Executor; readonly registry: Registry };

/** `parts` are there when the first technician asks. */
function selfOf(options: AgentOptions, parts: () => Self): AgentSelf {
  const startedAtMs = options.clock.now();
  return {
    checkIn: () => parts().connection.checkIn(),
    tunnelRules: (personId) => parts().trust.tunnelRules(personId),
    status: () => ownStatus(parts().status.present(), { startedAtMs, runs: parts().executor.size }),
    settings: () => ownSettings(parts().settings.present(), options),
    logPath: ownLogIn(options.data),
    runProcedure: async (asked, context) => {
      const { executor, registry, trust } = parts();
      const { runProcedure } = await import('./procedures/runner.ts');
      return runProcedure(asked, context, { clock: options.clock, executor, find: registry.find, trust });
    },
  };
}

/** Reports of what is ended here are signed and kept; those that no line takes now are sent at the next start. */
async function stop(parts: { connection: Connection; executor: Executor; directives: Directives; trust: Trust; wakeUps: WakeUps }): Promise<void> {
  parts.wakeUps.stop();
  await parts.directives.stop();
  await parts.executor.stop();
  await parts.directives.settle();
  await parts.connection.stop();
  await parts.directives.settle();
  parts.trust.close();
}

function readProxySettings({ log, clock, random, ...settings }: AgentOptions, network: () => string): Outcome<FindPaths> {
  const unusable = (foundBy: string, { code, detail }: Failure): void => log.warn({ foundBy, code, detail }, 'proxy settings not used');
  return findPathsBy(settings, { surroundings: machine, clock, random, network, unusable });
}

function openOwnTrust({ data, enrol, clock, random }: AgentOptions): Outcome<Trust> {
  const enrolment = enrol === undefined ? undefined : decodeEnrolment(enrol, Math.floor(clock.now() / 1000));
  if (enrolment?.ok === false) return enrolment;
  const platform = platforms.find((name) => name === nodePlatform());
  if (platform === undefined) return failure('not-on-this-platform', `the agent does not run on ${nodePlatform()}`);
  const path = join(data, 'agent.db');
  if (enrol === undefined && !existsSync(path)) return failure('not-enrolled', `there is nothing in ${data}`);
  const trust = openTrust(path, { clock, random, platform });
  if (!trust.ok) return trust;
  const enrolled = enrolment === undefined ? success(undefined) : trust.value.enrol(enrolment.value);
  if (enrolled.ok && trust.value.home !== undefined) return trust;
  trust.value.close();
  return enrolled.ok ? failure('not-enrolled', `no enrolment in ${data}`) : enrolled;
}

function tell(state: ContactState, { status, idleMemory, options }: { status: StatusFile; idleMemory: IdleMemory; options: AgentOptions }): void {
  status.changed(state);
  idleMemory.used();
  options.log.info(state, state.state);
  if (state.state === 'connected') options.connected();
}

/** Whether the intermediary has never known this machine. */
function isFresh(trust: Trust): boolean {
  return trust.keys.chains().every(({ number }) => number === 0);
}

function factsOf(trust: Trust, version: string) {
  const { root: rootVersion, policy: policyVersion } = trust.versions;
  return { agentId: trust.identity.agentId, site: trust.home?.site ?? '', rootVersion, policyVersion, version };
}

function sealer(trust: Trust, random: Random): AnswerLive {
  return async (hello, { streamKey, ...facts }) => {
    const key = unbase64Url(streamKey);
    if (key === undefined) return failure('statement-malformed', 'the stream key is not base64url');
    return answerLive(hello, { ...facts, streamKey: key, identity: trust.identity, random });
  };
}
