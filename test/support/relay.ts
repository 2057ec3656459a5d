/**
 * A real intermediary on a free port with a real store in a temporary folder, its owner, and people of every kind, with
 * what a test needs to ask it things: REST, live sockets, directives, agents.
 */
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { pino } from 'pino';
import { ensureServerCertificate } from '../../certs/server-certificate.ts';
import { startIntermediary } from '../../intermediary/intermediary.ts';
import type { Intermediary, Settings, Surroundings } from '../../intermediary/intermediary.ts';
import { ensureStaticKey } from '../../intermediary/sessions/static-key.ts';
import { base64Url, concat, hex, unbase64Url, utf8 } from '../../protocol/bytes.ts';
import { systemClock, systemRandom } from '../../protocol/clock.ts';
import type { Clock } from '../../protocol/clock.ts';
import type { Envelope } from '../../protocol/envelope.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import { cancelType, directiveType } from '../../protocol/statements/directive.ts';
import type { Directive, Target } from '../../protocol/statements/directive.ts';
import { signStatement } from '../../protocol/statements/dsse.ts';
import { toJson } from '../../protocol/statements/envelope-json.ts';
import { merkleRoot } from '../../protocol/statements/merkle.ts';
import { policyType } from '../../protocol/statements/policy.ts';
import type { Person, Policy, Role } from '../../protocol/statements/policy.ts';
import { rootType } from '../../protocol/statements/root.ts';
import type { Root } from '../../protocol/statements/root.ts';
import { LiveClient } from './live-client.ts';
import { namedSigner } from './signers.ts';
import { temporaryFolder } from './temporary-folder.ts';

export type Who = 'admin' | 'technician' | 'elsewhere' | 'stranger';
export type HttpAnswer = { readonly status: number; readonly headers: Readonly<Record<string, string | string[] | undefined>>; readonly body: string; readonly json: ReturnType<typeof JSON.parse> };
export type Ask = { readonly method?: string; readonly headers?: Record<string, string>; readonly body?: unknown; readonly token?: string | undefined };

export const owner = namedSigner('relay owner');

export function valueOf<T>(outcome: Outcome<T>): T {
  if (!outcome.ok) throw new Error(`${outcome.code}: ${outcome.detail}`);
  return outcome.value;
}

function personId(who: string): string {
  return hex(utf8(who.padEnd(16, '.'))).slice(0, 32);
}

function role(name: string, part: Partial<Role>): Role {
  return { name, sites: [], agents: [], allow: ['*'], deny: [], highestRisk: 'control', maxTargets: 10_000, administers: false, ...part };
}

/** admin everywhere; technician at `home`; elsewhere at `away`; stranger nowhere. */
export function firstPolicy(nowMs: number): Policy {
  const notAfter = Math.floor(nowMs / 1000) + 86_400;
  const person = (who: Who, roles: string[]): Person => ({ id: personId(who), name: who, keys: [{ ...namedSigner(who).publicKey, kind: 'cli', notAfter }], roles });
  return {
    version: 1,
    issuedAt: Math.floor(nowMs / 1000),
    people: [person('admin', ['admins']), person('technician', ['home']), person('elsewhere', ['away']), person('stranger', [])],
    roles: [role('admins', { sites: ['*'], administers: true }), role('home', { sites: ['home'], deny: ['denied.*'] }), role('away', { sites: ['away'] })],
    keyKinds: { web: 'control', cli: 'control', webauthn: 'control' },
    approvals: [],
  };
}

export class Relay {
  readonly folder: string;
  readonly authority: string;
  readonly serverKey: Uint8Array;
  readonly clock: Clock;
  readonly settings: Settings;
  readonly root: Root;
  policy: Policy;
  now!: Intermediary;
  readonly #surroundings: Surroundings;
  readonly #tokens = new Map<string, string>();
  readonly #connections = new Agent({ keepAlive: true, maxSockets: 64 });

  private constructor(made: { folder: string; authority: string; serverKey: Uint8Array; clock: Clock } & Pick<Settings, 'consoleFolder' | 'ftpFolder' | 'wakeUp'>) {
    this.folder = made.folder;
    this.authority = made.authority;
    this.serverKey = made.serverKey;
    this.clock = made.clock;
    this.policy = firstPolicy(made.clock.now());
    this.root = { version: 1, issuedAt: Math.floor(made.clock.now() / 1000), owners: [owner.publicKey], threshold: 1, intermediary: { key: base64Url(made.serverKey), addresses: ['localhost:8443'] } };
    this.#surroundings = { clock: made.clock, random: systemRandom, log: pino({ level: 'silent' }) };
    this.settings = { dataFolder: made.folder, host: '127.0.0.1', port: 0, names: [], consoleFolder: made.consoleFolder, ftpFolder: made.ftpFolder, wakeUp: made.wakeUp, firstStatements: async () => ({ ok: true, value: { root: await signStatement(rootType, this.root, [owner]), policy: await this.signPolicy(this.policy) } }) };
  }

  static async start(t: ExecutionContext, options: { clock?: Clock; consoleFolder?: string; ftpFolder?: string; wakeUp?: Settings['wakeUp'] } = {}): Promise<Relay> {
    const folder = join(await temporaryFolder(t), 'data');
    const clock = options.clock ?? systemClock;
    const tls = valueOf(await ensureServerCertificate(join(folder, 'tls'), [], clock));
    const key = valueOf(await ensureStaticKey(folder, systemRandom));
    const relay = new Relay({ folder, clock, authority: tls.authority, serverKey: key.publicKey.raw, consoleFolder: options.consoleFolder, ftpFolder: options.ftpFolder, wakeUp: options.wakeUp });
    await relay.open();
    t.teardown(() => relay.close());
    return relay;
  }

  async open(): Promise<void> {
    this.now = valueOf(await startIntermediary(this.settings, this.#surroundings));
  }

  async close(): Promise<void> {
    this.#connections.destroy();
    await this.now.close();
  }

  /** Ends it in good order and starts it again on the same data, on another port. */
  async restart(): Promise<void> {
    await this.now.close();
    await this.open();
  }

  get port(): number {
    return this.now.port;
  }

  ask(path: string, { method = 'GET', headers = {}, body, token }: Ask = {}): Promise<HttpAnswer> {
    const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
    const all = { ...(text === undefined ? {} : { 'content-type': 'application/json' }), ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...headers };
    return new Promise((resolve, reject) => {
      const sent = request({ host: '127.0.0.1', port: this.port, servername: 'localhost', path, method, headers: all, ca: this.authority, agent: this.#connections }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const answer = Buffer.concat(chunks).toString();
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: answer, json: /^[[{]/.test(answer) ? JSON.parse(answer) : undefined });
        });
      });
      sent.on('error', reject);
      sent.end(text);
    });
  }

  /** A token for one of the people, by their key; the same one again while this relay runs. */
  async tokenOf(who: Who): Promise<string> {
    const known = this.#tokens.get(who);
    if (known !== undefined) return known;
    const token = await this.signIn(who);
    this.#tokens.set(who, token);
    return token;
  }

  async signIn(who: string): Promise<string> {
    const signer = namedSigner(who);
    const { json } = await this.ask('/api/sign-in/challenge', { method: 'POST', body: { keyId: signer.keyId } });
    const signature = await signer.sign(concat(utf8('behest/1 sign-in'), unbase64Url(json.challenge) ?? new Uint8Array()));
    const answer = await this.ask('/api/sign-in/key', { method: 'POST', body: { keyId: signer.keyId, challenge: json.challenge, signature: base64Url(signature) } });
    return answer.json.token;
  }

  async live(t: ExecutionContext, who: Who): Promise<LiveClient> {
    return LiveClient.open(t, { port: this.port, authority: this.authority, protocols: ['behest', `bearer.${await this.tokenOf(who)}`] });
  }

  /** Waits until a machine shows as on or off line. */
  async shows(t: ExecutionContext, agentId: string, online: boolean): Promise<void> {
    const live = await this.live(t, 'admin');
    live.send({ kind: 'watch', topic: { of: 'machines' } });
    await live.next('machine', ({ machine }) => machine.id === agentId && machine.online === online && (!online || machine.nonce !== undefined));
    live.socket.close();
  }

  signPolicy(policy: Policy): Promise<Envelope> {
    return signStatement(policyType, policy, [owner]);
  }

  /** Puts the next policy in force. */
  async changePolicy(change: (policy: Policy) => Policy): Promise<HttpAnswer> {
    const next = { ...change(structuredClone(this.policy)), version: this.policy.version + 1 };
    const answer = await this.ask('/api/policy', { method: 'PUT', body: toJson(await this.signPolicy(next)) });
    if (answer.status === 200) this.policy = next;
    return answer;
  }

  /** A directive by one of the people: queued, unless the targets have nonces. */
  async directive(who: string, targets: readonly Target[], part: Partial<Directive> = {}): Promise<{ id: string; envelope: Envelope; targets: Target[] }> {
    const now = Math.floor(this.clock.now() / 1000);
    const directive: Directive = {
      id: hex(systemRandom(16)),
      level: 1,
      policy: this.policy.version,
      issuedAt: now,
      primitive: 'agent.echo',
      params: { text: 'hi' },
      targets: { root: base64Url(await merkleRoot(targets)), count: targets.length },
      life: targets.every(({ nonce }) => nonce !== undefined) ? { kind: 'interactive' } : { kind: 'queued', notAfter: now + 3600 },
      timeoutMs: 60_000,
      ...part,
    };
    return { id: directive.id, envelope: await signStatement(directiveType, directive, [namedSigner(who)]), targets: [...targets] };
  }

  cancel(who: string, directiveId: string): Promise<Envelope> {
    return signStatement(cancelType, { directiveId, policy: this.policy.version, issuedAt: Math.floor(this.clock.now() / 1000) }, [namedSigner(who)]);
  }

  /** Registers an enrolment and gives its chain secret. */
  async enrolment(site = 'home', uses = 1): Promise<Uint8Array> {
    const secret = systemRandom(32);
    const answer = await this.ask('/api/enrolments', { method: 'POST', token: await this.tokenOf('admin'), body: { id: hex(systemRandom(16)), secret: base64Url(secret), site, notAfter: Math.floor(this.clock.now() / 1000) + 3600, uses } });
    if (answer.status !== 200) throw new Error(answer.body);
    return secret;
  }
}
