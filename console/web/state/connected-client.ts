/**
 * The page's client over the real network room: one API, one live socket, everything checked before a view sees it. What
 * the list of machines does without is fetched by the first view that needs it.
 */
import type { Clock, Random } from '../../../protocol/clock.ts';
import type { Machine, ToConsole } from '../../../protocol/messages/live.ts';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import type { Signer } from '../../../protocol/statements/dsse.ts';
import type { Policy } from '../../../protocol/statements/policy.ts';
import { LiveStream } from '../../client/attachments.ts';
import type { Audit } from '../../client/audits.ts';
import { cancelDirective, giveDirective } from '../../client/directives.ts';
import type { Desk } from '../../client/directives.ts';
import { browserDial, browserExchange } from '../../client/exchange-browser.ts';
import { directiveHistory, directiveTargets } from '../../client/history.ts';
import { Api } from '../../client/http.ts';
import { acceptInvitation, requestState } from '../../client/invitations.ts';
import { LiveSocket } from '../../client/live-socket.ts';
import type { LiveState, Topic } from '../../client/live-socket.ts';
import { primitivesOf } from '../../client/machines.ts';
import { policyInForce } from '../../client/policies.ts';
import { signInWithPassword, signOut, whoAmI } from '../../client/sign-in.ts';
import type { Act, Connection, ConsoleClient, DirectiveHandlers, DirectiveView, MachineFiles, MachineHandlers, Me, OutputChunk, Stop, StreamAddress, StreamHandlers, TerminalStream, TargetView } from './client-port.ts';
import { DirectiveReader } from './directive-reader.ts';
import { Live } from './live-value.ts';

export type ConnectedClientOptions = { readonly origin: string; readonly clock: Clock; readonly random: Random };

export class ConnectedClient implements ConsoleClient {
  readonly connection: Live<Connection>;
  readonly #options: ConnectedClientOptions;
  readonly #api = new Api(browserExchange);
  readonly #machines = new Map<string, Machine>();
  readonly #machinesKnown = Promise.withResolvers<void>();
  readonly #reader: DirectiveReader;
  #csrf = '';
  #live: LiveSocket | undefined;
  #policy: Policy | undefined;

  constructor(options: ConnectedClientOptions) {
    this.#options = options;
    this.connection = new Live<Connection>({ state: 'connecting', sinceMs: options.clock.now() });
    this.#reader = new DirectiveReader({
      identityKeyOf: async (agentId) => {
        await this.#machinesKnown.promise;
        return this.#machines.get(agentId)?.identityKey;
      },
      policy: () => this.#policy,
    });
  }

  async me(): Promise<Outcome<Me>> {
    const me = await whoAmI(this.#api);
    if (!me.ok) return me;
    this.#csrf = me.value.csrf ?? this.#csrf;
    const { personId, name, keys } = me.value;
    return success({ personId, name, keys: keys.map(({ id, kind, notAfter }) => ({ keyId: id, kind, notAfter })) });
  }

  async signIn(name: string, password: string): Promise<Outcome<Me>> {
    const signedIn = await signInWithPassword(this.#api, name, password);
    if (!signedIn.ok) return signedIn;
    this.#csrf = signedIn.value.csrf;
    return this.me();
  }

  signOut(): Promise<Outcome<void>> {
    return signOut(this.#api);
  }

  acceptInvitation({ id, secret, ...person }: Parameters<ConsoleClient['acceptInvitation']>[0]): Promise<Outcome<{ requestId: string }>> {
    return acceptInvitation(this.#api, { id, secret }, person);
  }

  invitationState(requestId: string): Promise<Outcome<'waiting' | 'signed'>> {
    return requestState(this.#api, requestId);
  }

  async policy(): Promise<Outcome<Policy>> {
    const inForce = await policyInForce(this.#api);
    if (!inForce.ok) return inForce;
    this.#policy = inForce.value.policy;
    return success(inForce.value.policy);
  }

  primitives(agentId: string): ReturnType<ConsoleClient['primitives']> {
    return primitivesOf(this.#api, agentId);
  }

  async directives(filter: Parameters<ConsoleClient['directives']>[0]): Promise<Outcome<readonly DirectiveView[]>> {
    const page = await directiveHistory(this.#api, filter);
    if (!page.ok) return page;
    const read = await Promise.all(page.value.map((record) => this.#reader.read(record)));
    return success(read.flatMap((outcome) => (outcome.ok ? [outcome.value] : [])));
  }

  async targets(directiveId: string, page: Parameters<ConsoleClient['targets']>[1]): Promise<Outcome<readonly TargetView[]>> {
    const targets = await directiveTargets(this.#api, directiveId, page);
    return targets.ok ? success(await Promise.all(targets.value.map((target) => this.#reader.readTarget(directiveId, target)))) : targets;
  }

  watchMachines(handlers: MachineHandlers): Stop {
    return this.#socket().watch(
      { of: 'machines' },
      {
        event: (message) => {
          if (message.kind !== 'machine') return;
          this.#machines.set(message.machine.id, message.machine);
          handlers.machine(message.machine);
        },
        current: () => {
          this.#machinesKnown.resolve();
          handlers.current();
        },
      },
    );
  }

  watchDirectives(handlers: DirectiveHandlers): Stop {
    return this.#watchDirectives({ of: 'directives' }, handlers);
  }

  watchDirective(directiveId: string, handlers: DirectiveHandlers): Stop {
    return this.#watchDirectives({ of: 'directive', directiveId }, handlers);
  }

  watchOutput(directiveId: string, agentId: string, onChunk: (chunk: OutputChunk) => void): Stop {
    return this.#socket().watch({ of: 'output', directiveId, agentId }, { event: (message) => (message.kind === 'output' ? onChunk(message) : undefined) });
  }

  /** A machine that has just begun another session makes the directive stale: then it is made anew, once. */
  async submit(act: Act, signer: Signer): Promise<Outcome<{ directiveId: string }>> {
    const desk = await this.#desk(signer);
    if (!desk.ok) return desk;
    const give = () => giveDirective(desk.value, { ...act, machines: act.agentIds.flatMap((id) => this.#machines.get(id) ?? []), ...(act.waitMs === undefined ? {} : { keepMs: act.waitMs }) });
    const first = await give();
    const given = !first.ok && first.code === 'nonce-stale' ? await give() : first;
    return given.ok ? success({ directiveId: given.value.directive.id }) : given;
  }

  async cancel(directiveId: string, signer: Signer): Promise<Outcome<void>> {
    const desk = await this.#desk(signer);
    return desk.ok ? cancelDirective(desk.value, directiveId) : desk;
  }

  async contact(agentId: string): ReturnType<ConsoleClient['contact']> {
    const { contactLayers } = await import('../../client/contact.ts');
    return contactLayers(this.#api, { agent: agentId });
  }

  async audits(agentId: string, page: Parameters<ConsoleClient['audits']>[1]): ReturnType<ConsoleClient['audits']> {
    const { auditsOf } = await import('../../client/audits.ts');
    return auditsOf(this.#api, agentId, page);
  }

  async auditRows(agentId: string, digest: string): ReturnType<ConsoleClient['auditRows']> {
    const { auditRows } = await import('../../client/audits.ts');
    return auditRows(this.#api, agentId, digest);
  }

  async verifyAudit(agentId: string, audit: Audit): Promise<Outcome<void>> {
    const { verifyAudit } = await import('../../client/audits.ts');
    await this.#machinesKnown.promise;
    const machine = this.#machines.get(agentId);
    return machine === undefined ? failure('no-such-machine', agentId) : verifyAudit(this.#api, machine, audit);
  }

  async setContact(change: Parameters<ConsoleClient['setContact']>[0], signer: Signer): Promise<Outcome<{ version: number }>> {
    const desk = await this.#desk(signer);
    const { setContact } = await import('../../client/contact.ts');
    return desk.ok ? setContact({ ...desk.value, api: this.#api }, change) : desk;
  }

  attach(address: StreamAddress, handlers: StreamHandlers): TerminalStream {
    const { clock, random } = this.#options;
    const stream = new LiveStream({ ...address, live: this.#socket(), clock, random, handlers: { ...handlers, output: (_, bytes) => handlers.output(bytes) } });
    return {
      write: (bytes) => void stream.write(bytes),
      resize: (columns, rows) => stream.resize(columns, rows),
      endInput: () => stream.endInput(),
      close: () => stream.close(),
    };
  }

  async files(agentId: string, signer: Signer): Promise<Outcome<MachineFiles>> {
    const first = await this.#desk(signer);
    if (!first.ok) return first;
    const { RemoteFiles } = await import('../../client/files/remote-files.ts');
    const desk = (): Desk => ({ ...first.value, live: this.#socket(), policyVersion: this.#policy?.version ?? first.value.policyVersion });
    return success(new RemoteFiles({ desk, present: (id) => this.#machines.get(id) }, agentId));
  }

  /** Reading is asynchronous; what came first is told first. */
  #watchDirectives(topic: Topic, handlers: DirectiveHandlers): Stop {
    let telling = Promise.resolve();
    let stopped = false;
    const inOrder = (tell: () => Promise<void> | void): void => void (telling = telling.then(() => (stopped ? undefined : tell())));
    const stop = this.#socket().watch(topic, {
      event: (message) => inOrder(() => this.#tell(message, handlers)),
      current: () => inOrder(() => handlers.current()),
      failed: ({ code, detail }) => inOrder(() => handlers.failed(code, detail)),
    });
    return () => {
      stopped = true;
      stop();
    };
  }

  async #tell(message: ToConsole, handlers: DirectiveHandlers): Promise<void> {
    if (message.kind === 'directive') {
      const read = await this.#reader.read(message.directive);
      if (read.ok) handlers.directive(read.value);
    } else if (message.kind === 'target') handlers.target(message.directiveId, await this.#reader.readTarget(message.directiveId, message.target));
    else if (message.kind === 'counts') handlers.counts(message.directiveId, message.counts);
  }

  async #desk(signer: Signer): Promise<Outcome<Desk>> {
    const { clock, random } = this.#options;
    if (this.#policy === undefined) await this.policy();
    if (this.#policy === undefined) return failure('unreachable', 'the policy in force could not be fetched');
    return success({ live: this.#socket(), signer, policyVersion: this.#policy.version, clock, random });
  }

  /** Opened with the first thing that needs it, when somebody is signed in; opened anew after a sign-in that had ended. */
  #socket(): LiveSocket {
    if (this.#live !== undefined && this.#live.state.is !== 'closed') return this.#live;
    const { origin, clock, random } = this.#options;
    const live = new LiveSocket({ dial: browserDial(origin, () => this.#csrf), clock, random });
    live.onState((state) => this.connection.set(this.#connectionOf(state)));
    this.#live = live;
    return live;
  }

  #connectionOf(state: LiveState): Connection {
    const nowMs = this.#options.clock.now();
    if (state.is === 'live') return { state: 'live', sinceMs: nowMs };
    if (state.is === 'closed') return { state: 'ended', sinceMs: nowMs };
    return { state: 'reconnecting', sinceMs: state.sinceMs };
  }
}
