import { limits } from '../../../protocol/limits.ts';
import { covers, reachOf } from '../../../protocol/contact-settings.ts';
import type { ContactLayer } from '../../../protocol/messages/live.ts';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import type { Act, Connection, ConsoleClient, DirectiveHandlers, DirectiveView, MachineHandlers, Me, OutputChunk, TargetView } from '../../../console/web/state/client-port.ts';
import { countStates } from '../../../console/web/state/directive-summary.ts';
import { Live } from '../../../console/web/state/live-value.ts';
import { mockShell } from './mock-shell.ts';
import { mockFiles } from './mock-files.ts';
import { firstLayers, layersOf } from './mock-contact.ts';
import { MockAudits } from './mock-audits.ts';
import { directive, id32, machine, policyOf, primitives } from './mock-data.ts';

export type MockOptions = {
  /** `empty`, `few` or `crowded` (1,000 machines, 534 of them in one directive). */
  readonly fleet: string;
  /** `plain`, `loading` (nothing is ever answered), `failing`, `signed-out`, `offline`, `alarm`, `no-key`, `used-link`, `mute` (contact settings, audits, files and the machines of a directive cannot be fetched), `still` (audits are never answered), `unaudited`, `forged` (the audits' reports are not the machine's). */
  readonly mode: string;
};

const personId = id32(701);
const encoder = new TextEncoder();
const never = <T>(): Promise<T> => new Promise(() => undefined);

/** A client that answers from made-up data, in this page alone. */
export function mockClient({ fleet, mode }: MockOptions): ConsoleClient {
  const now = Date.now();
  const machines = Array.from({ length: { empty: 0, few: 9, crowded: 1000 }[fleet] ?? 9 }, (_, index) => machine(index, now));
  if (mode === 'alarm' && machines[1] !== undefined) machines[1] = { ...machines[1], quarantined: true };
  const directives = fleet === 'empty' ? [] : Array.from({ length: fleet === 'crowded' ? 400 : 9 }, (_, index) => (index === 4 ? { ...directive(index, machines.slice(0, 534).map(({ id }) => id), now), rollout: { waveSize: 50, stopAfter: 100 } } : directive(index, [machines[index % machines.length]?.id ?? ''], now)));
  const connection = new Live<Connection>({ state: mode === 'offline' ? 'reconnecting' : 'live', sinceMs: now - 90_000 });
  const watchers = new Set<DirectiveHandlers>();
  const machineWatchers = new Set<MachineHandlers>();
  const settings = new Map<string, ContactLayer>(firstLayers(personId, now).map((layer) => [JSON.stringify(layer.scope), layer]));
  const audits = new MockAudits(fleet === 'crowded' ? 3000 : 40, now);
  const outputs = new Map<string, OutputChunk[]>();
  const outputListeners = new Map<string, (chunk: OutputChunk) => void>();
  let signedIn = mode !== 'signed-out' && !location.hash.includes('welcome');
  let keyId = localStorage.getItem('mock.key') ?? id32(700);
  const answer = <T>(value: () => T): Promise<Outcome<T>> => (mode === 'loading' ? never() : Promise.resolve(mode === 'failing' ? failure('unreachable', 'connection refused') : success(value())));
  const me = (): Me => ({ personId, name: 'Jana D.', keys: [{ keyId: mode === 'no-key' ? id32(1) : keyId, kind: 'web', notAfter: Math.floor(now / 1000) + 29 * 86_400 }] });
  const told = (each: DirectiveView): DirectiveView => (each.targets.length <= limits.targetsShown ? each : { ...each, targets: [], counts: [...countStates(each.targets)] });
  const tell = (each: DirectiveView): void => watchers.forEach((watcher) => watcher.directive(told(each)));
  const unfetched = failure('unreachable', 'connection refused');
  const run = (act: Act): DirectiveView => {
    const fresh: DirectiveView = { ...directive(0, act.agentIds, Date.now()), id: id32(20_000 + Math.floor(Math.random() * 1e6)), primitive: act.primitive, params: act.params, live: act.streamKey !== undefined, ...(act.rollout === undefined ? {} : { rollout: act.rollout }), submittedAtMs: Date.now(), targets: act.agentIds.map((agentId) => ({ agentId, state: 'sent', changedAtMs: Date.now() })) };
    directives.unshift(fresh);
    tell(fresh);
    if (!fresh.live) play(fresh);
    return fresh;
  };
  const play = (each: DirectiveView): void => {
    const target = (part: Partial<TargetView>): void => watchers.forEach((watcher) => each.targets.forEach(({ agentId }) => watcher.target(each.id, { agentId, state: 'running', changedAtMs: Date.now(), ...part })));
    const command = String(each.params['command'] ?? '');
    const said = command.startsWith('echo ') ? `${command.slice(5)}\n` : 'line of output\n';
    let offset = 0;
    const say = (channel: 'stdout' | 'stderr', text: string): void => {
      const chunk: OutputChunk = { channel, offset: channel === 'stdout' ? offset : 0, bytes: encoder.encode(text) };
      if (channel === 'stdout') offset += chunk.bytes.byteLength;
      outputs.set(each.id, [...(outputs.get(each.id) ?? []), chunk]);
      outputListeners.get(each.id)?.(chunk);
    };
    if (each.primitive.startsWith('audit.')) {
      setTimeout(() => target({ percent: 60, note: 'software' }), 100);
      setTimeout(() => {
        audits.add(each.id, Date.now());
        target({ state: 'succeeded', report: { status: 'succeeded', verified: true, endedAtMs: Date.now() } });
      }, 1500);
      return;
    }
    setTimeout(() => target({ percent: 40 }), 100);
    setTimeout(() => say('stdout', said), 200);
    setTimeout(() => say('stderr', 'warning: this is made up\n'), 300);
    setTimeout(() => target({ state: 'succeeded', report: { status: 'succeeded', verified: true, startedAtMs: Date.now() - 400, endedAtMs: Date.now(), result: { exitCode: 0, durationMs: 412 }, output: { stdout: { bytes: 5_400_000, kept: offset, digest: '' }, stderr: { bytes: 25, kept: 25, digest: '' } } } }), 500);
  };
  return {
    connection,
    me: () => {
      return Promise.resolve(signedIn ? success(me()) : failure('not-signed-in', ''));
    },
    signIn: (_, password) => {
      if (password === 'wrong password') return Promise.resolve(failure('sign-in-refused', ''));
      signedIn = true;
      return Promise.resolve(success(me()));
    },
    signOut: () => Promise.resolve(success(undefined)),
    async acceptInvitation({ name, publicKey }) {
      if (mode === 'used-link') return failure('invitation-invalid', 'used at 14:02');
      if (name === 'taken') return failure('name-taken', '');
      const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', Uint8Array.from(publicKey)));
      keyId = [...digest.subarray(0, 16)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
      localStorage.setItem('mock.key', keyId);
      return success({ requestId: id32(800) });
    },
    invitationState: () => Promise.resolve(success(mode === 'unsigned' ? 'waiting' : 'signed')),
    policy: () => answer(() => policyOf(personId, keyId, now)),
    primitives: () => answer(() => primitives),
    directives: ({ before, agentId, limit }) => answer(() => directives.slice(1 + directives.findIndex(({ id }) => id === before)).filter((each) => agentId === undefined || each.targets.some((target) => target.agentId === agentId)).slice(0, limit).map(told)),
    targets: (id, { state, offset, limit }) => mode === 'mute' ? Promise.resolve(unfetched) : answer(() => (directives.find((each) => each.id === id)?.targets ?? []).filter((target) => state === undefined || target.state === state).slice(offset, offset + limit)),
    watchMachines(handlers) {
      if (mode === 'loading' || mode === 'failing') return () => undefined;
      machines.forEach((each) => handlers.machine(each));
      machineWatchers.add(handlers);
      handlers.current();
      const timer = setInterval(() => {
        const at = Math.floor(Math.random() * machines.length);
        const each = machines[at];
        if (each !== undefined && fleet === 'crowded' && mode === 'busy') handlers.machine((machines[at] = { ...each, online: !each.online, sinceMs: Date.now() }));
      }, 200);
      return () => clearInterval(timer);
    },
    watchDirectives(handlers) {
      if (mode === 'loading' || mode === 'failing') return () => undefined;
      watchers.add(handlers);
      directives.slice(0, 50).forEach((each) => handlers.directive(told(each)));
      handlers.current();
      return () => void watchers.delete(handlers);
    },
    watchDirective(id, handlers) {
      if (mode === 'loading') return () => undefined;
      const found = directives.find((each) => each.id === id);
      if (found === undefined) handlers.failed('no-such-directive', '');
      else handlers.directive(told(found));
      handlers.current();
      return () => undefined;
    },
    watchOutput(id, _, onChunk) {
      outputs.get(id)?.forEach(onChunk);
      const known = directives.find((each) => each.id === id);
      if (!outputs.has(id) && known?.targets[0]?.report?.output !== undefined) onChunk({ channel: 'stdout', offset: 0, bytes: encoder.encode('hello\nLinux rec-01 6.12\n') });
      outputListeners.set(id, onChunk);
      return () => void outputListeners.delete(id);
    },
    submit: (act) => Promise.resolve(mode === 'failing' ? failure('unreachable', 'connection refused') : success({ directiveId: run(act).id })),
    contact: (agentId) => mode === 'mute' ? Promise.resolve(unfetched) : answer(() => layersOf(agentId, machines.find(({ id }) => id === agentId)?.site ?? '', settings)),
    audits: () => mode === 'mute' ? Promise.resolve(unfetched) : mode === 'still' ? never() : answer(() => (mode === 'unaudited' ? [] : [...audits.list])),
    auditRows: (_, digest) => answer(() => audits.rows(digest)),
    verifyAudit: () => mode === 'forged' ? Promise.resolve(failure('signature-invalid', 'the machine did not sign this report')) : answer(() => undefined),
    setContact({ scope, overrides, after }) {
      const key = JSON.stringify(scope);
      if ((settings.get(key)?.version ?? 0) !== after) return Promise.resolve(failure('conflict', ''));
      settings.set(key, { scope, overrides, version: after + 1, setBy: { personId, name: 'Jana D.' }, setAtMs: Date.now() });
      const hold = (): void => machines.forEach((each, at) => {
        if (!each.online || !covers(scope, { agentId: each.id, site: each.site })) return;
        machines[at] = { ...each, contact: { ...each.contact, [reachOf(scope)]: after + 1 } };
        machineWatchers.forEach((watcher) => watcher.machine(machines[at] ?? each));
      });
      setTimeout(hold, 200);
      return Promise.resolve(success({ version: after + 1 }));
    },
    cancel(directiveId) {
      const at = directives.findIndex(({ id }) => id === directiveId);
      const before = directives[at];
      if (before === undefined) return Promise.resolve(failure('no-such-directive', ''));
      const after: DirectiveView = { ...before, targets: before.targets.map((target) => (target.report === undefined ? { agentId: target.agentId, state: 'cancelled', changedAtMs: Date.now() } : target)) };
      directives[at] = after;
      watchers.forEach((watcher) => watcher.counts(directiveId, [...countStates(after.targets)]));
      return Promise.resolve(success(undefined));
    },
    files: () => mode === 'mute' ? Promise.resolve(unfetched) : answer(() => mockFiles),
    attach: mockShell(),
  };
}
