/**
 * The intermediary put together: which part is given what, in the order in which they are made. main.ts hands in where
 * things are, clock, randomness and log; tests hand in their own.
 */
import type { FastifyBaseLogger } from 'fastify';
import { join } from 'node:path';
import { ensureServerCertificate } from '../certs/server-certificate.ts';
import type { ServerCertificate } from '../certs/server-certificate.ts';
import type { StaticKey } from '../protocol/channel/channel.ts';
import type { Clock, Random } from '../protocol/clock.ts';
import { limits } from '../protocol/limits.ts';
import { success } from '../protocol/outcome.ts';
import type { Outcome } from '../protocol/outcome.ts';
import type { Transport } from '../protocol/transport.ts';
import { openApi } from './api/api.ts';
import type { RouteEntry } from './api/guard.ts';
import { AuditLog } from './audit-log/audit-log.ts';
import { inProcessBus } from './bus/in-process.ts';
import { ContactKeeper } from './contact/contact-keeper.ts';
import { DirectiveViews } from './directives/directive-views.ts';
import { Directives } from './directives/directives.ts';
import { OutputIntake } from './directives/output-intake.ts';
import { ProgressBook } from './directives/progress-book.ts';
import { ReportIntake } from './directives/report-intake.ts';
import { makeListener } from './listener/listener.ts';
import type { Listener } from './listener/listener.ts';
import { agentTransports, folderTransport } from './listener/transports.ts';
import type { Upgrade } from './listener/transports.ts';
import { LiveSockets } from './live/live-sockets.ts';
import { Metrics } from './metrics/metrics.ts';
import { Authorizer } from './people/authorizer.ts';
import { Doors } from './people/doors.ts';
import { Invitations } from './people/invitations.ts';
import { Passwords } from './people/passwords.ts';
import { SignIns } from './people/sign-ins.ts';
import { StatementKeeper } from './people/statement-keeper.ts';
import type { Statements } from './people/statement-keeper.ts';
import { StoredKeys } from './sessions/key-registry.ts';
import { MachineViews } from './sessions/machine-views.ts';
import { Resyncs } from './sessions/resyncs.ts';
import { openSecretKeeper } from './sessions/secret-keeper.ts';
import { Sessions } from './sessions/sessions.ts';
import { ensureStaticKey } from './sessions/static-key.ts';
import { takeDataFolder } from './store/data-folder.ts';
import { MachineIndex } from './store/machine-index.ts';
import { openStore } from './store/store.ts';
import type { Store } from './store/store.ts';
import { openWakeUps } from './wake-up/open.ts';
import type { WakeUpSettings } from './wake-up/open.ts';

export type Surroundings = { readonly clock: Clock; readonly random: Random; readonly log: FastifyBaseLogger };

export type Settings = {
  readonly dataFolder: string;
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  /** Names and addresses for the certificate, besides those of the loopback. */
  readonly names: readonly string[];
  /** Where the built console is. */
  readonly consoleFolder: string | undefined;
  /** What an FTP server beside this program serves, if there is one. */
  readonly ftpFolder?: string | undefined;
  /** The outside service that wakes agents which are not connected, if there is one. */
  readonly wakeUp?: WakeUpSettings | undefined;
  /** Gives up the chain secrets that only a lost key could open: machines come back by a resync, enrolment strings are made anew. */
  readonly forgetSecrets?: boolean;
  /** The owners' first root and policy, asked for only by a store that has none. */
  firstStatements(): Promise<Outcome<Statements>>;
};

export type Intermediary = {
  readonly port: number;
  readonly routes: readonly RouteEntry[];
  readonly store: Store;
  readonly audit: AuditLog;
  readonly directives: Directives;
  /** Ends everything in good order, within `limits.stopWithinMs` if the disk answers. */
  close(): Promise<void>;
};

/** What `init` makes and `run` finds. */
export type Identity = { readonly staticKey: StaticKey; readonly tls: ServerCertificate };

/** The keys and certificates in the data folder, made where they are missing. */
export async function ensureIdentity(folder: string, names: readonly string[], { clock, random }: Surroundings): Promise<Outcome<Identity>> {
  const tls = await ensureServerCertificate(join(folder, 'tls'), names, clock);
  if (!tls.ok) return tls;
  const staticKey = await ensureStaticKey(folder, random);
  return staticKey.ok ? success({ staticKey: staticKey.value, tls: tls.value }) : staticKey;
}

/** Starts it. Whatever fails leaves nothing running and nothing half-made. */
export async function startIntermediary(settings: Settings, surroundings: Surroundings): Promise<Outcome<Intermediary>> {
  const folder = takeDataFolder(settings.dataFolder);
  if (!folder.ok) return folder;
  const started = await startIn(settings, surroundings);
  if (!started.ok) folder.value.release();
  if (!started.ok) return started;
  const { close } = started.value;
  return success({ ...started.value, close: () => close().finally(() => folder.value.release()) });
}

async function startIn(settings: Settings, surroundings: Surroundings): Promise<Outcome<Intermediary>> {
  const identity = await ensureIdentity(settings.dataFolder, settings.names, surroundings);
  if (!identity.ok) return identity;
  const store = await openStore(join(settings.dataFolder, 'intermediary.db'));
  if (!store.ok) return store;
  const parts = await assemble(store.value, identity.value, { settings, surroundings });
  if (!parts.ok) await store.value.close();
  if (!parts.ok) return parts;
  const port = await parts.value.listener.listen(settings.port, settings.host);
  const ftp = port.ok ? await takeFtpFolder(parts.value, { settings, surroundings }) : port;
  if (!port.ok || !ftp.ok) await parts.value.close();
  if (!port.ok) return port;
  if (!ftp.ok) return ftp;
  // the sessions say good-bye first, then what they said goes into the folders
  const close = async (): Promise<void> => void await Promise.all([parts.value.close(), ftp.value?.close()]);
  return success({ ...parts.value, port: port.value, close });
}

async function takeFtpFolder({ admit }: Parts, { settings, surroundings }: Around): Promise<Outcome<{ close(): Promise<void> } | undefined>> {
  if (settings.ftpFolder === undefined) return success(undefined);
  const { log, ...common } = surroundings;
  return folderTransport({ ...common, folder: settings.ftpFolder, accepted: admit, stuck: (detail) => log.warn({ detail }, 'something in the FTP folder cannot be removed') });
}

type Around = { readonly settings: Settings; readonly surroundings: Surroundings };
type Parts = Omit<Intermediary, 'port'> & { readonly listener: Listener; admit(transport: Transport): void };

/** What the data folder holds, opened: all that the parts have in common. */
async function openRecords(store: Store, { settings, surroundings }: Around) {
  const { clock, random } = surroundings;
  const bus = inProcessBus();
  const audit = new AuditLog(store, clock);
  const statements = await StatementKeeper.open({ store, audit, bus }, () => settings.firstStatements());
  if (!statements.ok) return statements;
  const secrets = await openSecretKeeper(settings.dataFolder, { store, random, forget: settings.forgetSecrets === true });
  if (!secrets.ok) return secrets;
  const machines = await MachineIndex.load(store.read);
  return success({ ...surroundings, store, audit, bus, machines, statements: statements.value, secrets: secrets.value });
}

async function assemble(store: Store, identity: Identity, { settings, surroundings }: Around): Promise<Outcome<Parts>> {
  const records = await openRecords(store, { settings, surroundings });
  if (!records.ok) return records;
  const common = records.value;
  const { clock, random, bus, audit, statements, machines } = common;

  const authorizer = new Authorizer(statements, machines);
  const passwords = new Passwords(random);
  const signIns = new SignIns(common);
  const doors = new Doors({ ...common, signIns, passwords });
  const invitations = new Invitations({ ...common, passwords });

  const contact = new ContactKeeper({ ...common, authorizer });
  const progress = new ProgressBook();
  const directiveViews = await DirectiveViews.open({ ...common, authorizer }, progress);
  const directives = new Directives({ ...common, progress, views: directiveViews });
  const reports = new ReportIntake(common);
  const outputs = new OutputIntake({ ...common, ended: (run) => void reports.outputEnded(run) });
  const resyncs = new Resyncs(common);
  const keys = new StoredKeys({ ...common, resyncs });
  const opened = await openWakeUps(settings.wakeUp, settings.dataFolder, { ...common, isOnline: (agentId) => presence.online(agentId) !== undefined });
  if (!opened.ok) return opened;
  const wakeUps = opened.value;
  const sessions = new Sessions({ ...common, wakeUps, directives, reports, outputs, keys, staticKey: identity.staticKey });
  const { presence } = sessions;
  const machineViews = new MachineViews({ ...common, presence, authorizer, wakeUps });

  const liveSockets = new LiveSockets({ ...common, authorizer, directives, directiveViews, machineViews, invitations, presence, signIns });
  const gauges = { sessions: () => presence.size, handshakes: () => sessions.arriving, machines: () => machines.size, liveSockets: () => liveSockets.size };
  const metrics = new Metrics(bus, gauges);

  const admit = (transport: Transport): void => void sessions.admit(transport);
  const agents = agentTransports({ clock, isWelcome: (remoteAddress) => sessions.isWelcome(remoteAddress), accepted: admit });
  const upgrades = new Map([['/api/live', (...upgrade: Parameters<Upgrade>) => void liveSockets.upgrade(...upgrade)]]);
  const listener = makeListener({ pair: identity.tls, agents, upgrades, clock });
  const { api, routes } = await openApi({
    ...common, authorizer, signIns, doors, invitations, keys, resyncs, machineViews, presence, contact, directives, directiveViews, liveSockets, metrics,
    authority: identity.tls.authority, serve: (handler) => listener.serve(handler), consoleFolder: settings.consoleFolder,
  });

  const stops = [directives.watchExpiry(), watchCertificate(listener, { settings, surroundings })];
  const close = async (): Promise<void> => {
    for (const stop of stops) stop();
    wakeUps?.close();
    liveSockets.close();
    sessions.close();
    await listener.close();
    await api.close();
    await store.close();
  };
  return success({ listener, admit, routes, store, audit, directives, close });
}

/** Renews the certificate in time, without a restart. */
function watchCertificate(listener: Listener, { settings, surroundings }: Around): () => void {
  const { clock, log } = surroundings;
  let timer = clock.after(limits.checkCertificateMs, () => void again());
  const again = async (): Promise<void> => {
    const identity = await ensureIdentity(settings.dataFolder, settings.names, surroundings);
    if (identity.ok) listener.renew(identity.value.tls);
    else log.error({ code: identity.code, detail: identity.detail }, 'the certificate could not be renewed');
    timer = clock.after(limits.checkCertificateMs, () => void again());
  };
  return () => timer.cancel();
}
