import { base64Url, hex } from '../../../protocol/bytes.ts';
import { noContactVersions } from '../../../protocol/contact-settings.ts';
import type { Machine } from '../../../protocol/messages/live.ts';
import type { PrimitiveDescription } from '../../../protocol/primitive.ts';
import type { Policy } from '../../../protocol/statements/policy.ts';
import { reachedOf } from './mock-contact.ts';
import type { DirectiveView, TargetView } from '../../../console/web/state/client-port.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

export function id32(number: number): string {
  return (number * 2_654_435_761 % 2 ** 32).toString(16).padStart(8, '0').repeat(4);
}

const identities: { readonly id: string; readonly key: string }[] = [];

/** Makes as many keys with the ids that belong to them, the same each time. */
export async function prepareIdentities(count: number): Promise<void> {
  for (let number = 0; number < count; number++) {
    const key = new Uint8Array(32);
    new DataView(key.buffer).setUint32(0, number);
    identities.push({ id: hex(new Uint8Array(await crypto.subtle.digest('SHA-256', key)).subarray(0, 16)), key: base64Url(key) });
  }
}

const systems = [['win32', 'Windows 11 Pro 24H2'], ['linux', 'Debian 13 (trixie)'], ['win32', 'Windows Server 2025'], ['linux', 'Ubuntu 26.04 LTS'], ['darwin', 'macOS 26.1']] as const;
const sites = ['Reception', 'Surgery', 'Back office', 'Data centre', 'Home'];
const names = ['rec', 'lap-ines', 'srv', 'xray', 'till', 'print', 'door'];

export function machine(number: number, now: number): Machine {
  const [platform, osName] = systems[number % systems.length] ?? systems[0];
  const online = number % 7 !== 3;
  return {
    id: identities[number]?.id ?? id32(number + 1),
    name: `${names[number % names.length]}-${String(Math.floor(number / names.length) + 1).padStart(2, '0')}`,
    site: sites[(number * 3) % sites.length] ?? 'Reception',
    online,
    sinceMs: now - (online ? (number % 50) * 37 * minute : (number % 30) * 9 * hour) - 20_000,
    enrolledAtMs: now - 90 * day,
    facts: { hostname: `${names[number % names.length]}${number}.acme.example`, platform, architecture: 'x64', osName, agentVersion: '0.1.0', bootedAtMs: now - (number % 20) * day - 3 * hour, addresses: [`10.20.${Math.floor(number / 250)}.${(number % 250) + 2}`, 'fe80::1ff:fe23:4567:890a'] },
    ...(online ? { transport: number % 5 === 0 ? 'https-long-poll' : 'wss', remoteAddress: `203.0.113.${number % 250}`, nonce: id32(number + 5000) } : {}),
    rootVersion: 1,
    policyVersion: 3,
    contact: { ...noContactVersions, everywhere: 1 },
    ...(sites[(number * 3) % sites.length] === 'Reception' ? { pollSeconds: 60 } : {}),
    ...reachedOf(number, now),
    quarantined: false,
    primitives: platform.padEnd(64, '0').replaceAll(/[^0-9a-f]/g, 'a'),
    identityKey: identities[number]?.key ?? '',
    ...(number % 3 === 0 ? { lastDirectiveId: id32(9000 + (number % 9)) } : {}),
  };
}

const text = (description: string, extra: object = {}) => ({ type: 'string', description, ...extra });
const all = ['linux', 'win32', 'darwin'] as const;

export const primitives: readonly PrimitiveDescription[] = [
  { name: 'shell.execute', title: 'Run a shell command', description: 'Runs one command line in the system’s shell and gives its exit code. Output is shown while it runs.', risk: 'control', streams: 'live', platforms: [...all],
    params: { type: 'object', required: ['command'], properties: { command: text('Command line as one would type it.', { minLength: 1, maxLength: 32768 }), shell: { description: 'Which shell; the system’s own when left out.', anyOf: [{ const: 'sh' }, { const: 'bash' }, { const: 'powershell' }, { const: 'cmd' }] }, workingDirectory: text('Folder to run in.'), environment: { type: 'object', description: 'Variables added to the environment.', patternProperties: { '^.*$': { type: 'string' } } }, input: text('Given to the command on its standard input.') } },
    result: { type: 'object', properties: { exitCode: { type: 'integer', description: 'Exit code of the command.' }, durationMs: { type: 'integer', description: 'How long it ran.' } } } },
  { name: 'process.execute', title: 'Run a program', description: 'Starts a program with exactly these arguments, without a shell.', risk: 'control', streams: 'live', platforms: [...all],
    params: { type: 'object', required: ['program', 'arguments'], properties: { program: text('Path or name of the program.', { minLength: 1 }), arguments: { type: 'array', items: { type: 'string' }, description: 'Arguments.' }, timeoutSeconds: { type: 'integer', minimum: 1, maximum: 3600, default: 60, description: 'Ends it after this time.' } } },
    result: { type: 'object', properties: { exitCode: { type: 'integer', description: 'Exit code.' } } } },
  { name: 'system.information', title: 'System information', description: 'Processor, memory, disks, network and operating system.', risk: 'read', streams: 'none', platforms: [...all],
    params: { type: 'object', properties: { parts: { type: 'array', items: { type: 'string' }, description: 'Only these parts.' }, refresh: { type: 'boolean', default: false, description: 'Measure again instead of taking what is known.' } } },
    result: { type: 'object', properties: { memoryBytes: { type: 'integer', description: 'Main memory.' }, disks: { type: 'array', items: { type: 'object', properties: { sizeBytes: { type: 'integer' } } } } } } },
  { name: 'agent.echo', title: 'Echo', description: 'Gives back what it is given: the shortest way there and back.', risk: 'read', streams: 'none', platforms: [...all], params: { type: 'object', required: ['text'], properties: { text: text('Anything.', { maxLength: 1000 }) } }, result: { type: 'object', properties: { text: text('The same.') } } },
  ...['full', 'incremental'].map((kind) => ({ name: `audit.${kind}`, title: `Audit, ${kind}`, description: 'Takes stock of the machine.', risk: 'read', streams: 'output', platforms: ['linux'], params: { type: 'object', properties: {} }, result: { type: 'object', properties: {} } }) as const satisfies PrimitiveDescription),
  { name: 'agent.check-in', title: 'Check in again', description: 'The machine says anew what it is and what it can do.', risk: 'read', streams: 'none', platforms: [...all], params: { type: 'object', properties: {} }, result: { type: 'object', properties: {} } },
  { name: 'service.restart', title: 'Restart a service', description: 'Stops a service and starts it again.', risk: 'change', streams: 'none', platforms: [...all], params: { type: 'object', required: ['name'], properties: { name: text('Name of the service.', { minLength: 1 }) } }, result: { type: 'object', properties: {} } },
  { name: 'system.reboot', title: 'Restart the machine', description: 'Restarts the operating system. People at the machine are warned.', risk: 'disrupt', streams: 'none', platforms: [...all], params: { type: 'object', properties: { delaySeconds: { type: 'integer', minimum: 0, maximum: 3600, default: 60, description: 'Warning time.' } } }, result: { type: 'object', properties: {} } },
  { name: 'disk.wipe', title: 'Wipe a disk', description: 'Overwrites everything on a disk.', risk: 'destroy', streams: 'none', platforms: [...all], params: { type: 'object', required: ['device', 'password'], properties: { device: text('Device to wipe.', { minLength: 1 }), password: text('Wipe password of the site.', { minLength: 8 }) } }, result: { type: 'object', properties: {} } },
  { name: 'tunnel.open', title: 'Open a tunnel', description: 'TCP to an address on the side of the machine.', risk: 'control', streams: 'live', platforms: [...all], params: { type: 'object', properties: { host: { type: 'string' }, port: { type: 'integer' } } }, result: { type: 'object', properties: {} } },
  { name: 'terminal.open', title: 'Open a terminal', description: 'A shell in a terminal, over a sealed live stream.', risk: 'control', streams: 'live', platforms: [...all], params: { type: 'object', properties: { columns: { type: 'integer' }, rows: { type: 'integer' } } }, result: { type: 'object', properties: {} } },
];

export function policyOf(personId: string, keyId: string, now: number): Policy {
  const seconds = Math.floor(now / 1000);
  const key = (id: string, kind: 'web' | 'cli' | 'webauthn', days: number) => ({ id, algorithm: 'Ed25519' as const, key: 'AAAA', kind, notAfter: seconds + days * 86_400 });
  return {
    version: 3, issuedAt: seconds - 7200,
    people: [
      { id: personId, name: 'Jana D.', keys: [key(keyId, 'web', 29)], roles: ['owner'] },
      { id: id32(702), name: 'Omar K.', keys: [key(id32(703), 'webauthn', 300), key(id32(704), 'cli', 2)], roles: ['technician'] },
      { id: id32(705), name: 'quick start', keys: [key(id32(706), 'cli', 365)], roles: ['owner'] },
    ],
    roles: [
      { name: 'owner', sites: ['*'], agents: [], allow: ['*'], deny: [], highestRisk: 'destroy', maxTargets: 10_000, administers: true },
      { name: 'technician', sites: ['Reception', 'Surgery'], agents: [], allow: ['shell.*', 'system.*', 'agent.*'], deny: ['disk.wipe'], highestRisk: 'control', maxTargets: 50, administers: false },
    ],
    keyKinds: { web: 'control', cli: 'control', webauthn: 'destroy' },
    approvals: [{ risk: 'destroy', people: 2 }],
  };
}

/** More than is drawn at once. */
const programs = Array.from({ length: 5000 }, (_, index) => ({ name: `program-${index}`, memoryBytes: ((index * 7919) % 5000) * 4096, startedAtMs: 1_790_000_000_000 + index * minute, commandLine: `/usr/bin/program-${index} --settings /etc/program/${index}.conf --verbose` }));

const endings: readonly Partial<TargetView>[] = [
  { state: 'succeeded', report: { status: 'succeeded', verified: true, startedAtMs: 0, endedAtMs: 2400, result: { exitCode: 0, durationMs: 2391 }, output: { stdout: { bytes: 21, kept: 21, digest: '' }, stderr: { bytes: 0, kept: 0, digest: '' } } } },
  { state: 'failed', report: { status: 'failed', code: 'exit-nonzero', detail: 'Unit cups.service not found.', verified: true, startedAtMs: 0, endedAtMs: 310, result: { exitCode: 5 } } },
  { state: 'running', percent: 43, note: 'reading the disk' },
  { state: 'waiting' },
  { state: 'refused', report: { status: 'refused', code: 'risk-denied', detail: 'role technician allows at most change', verified: true, endedAtMs: 0 } },
  { state: 'interrupted', report: { status: 'interrupted', code: 'interrupted', verified: true, endedAtMs: 0 } },
  { state: 'succeeded', report: { status: 'succeeded', verified: false, startedAtMs: 0, endedAtMs: 80, result: { memoryBytes: 16_904_241_152, disks: [{ name: 'sda', sizeBytes: 512_110_190_592, type: 'SSD' }, { name: 'sdb', sizeBytes: 2_000_398_934_016, type: 'HDD' }], programs, virtual: false } } },
  { state: 'cancelled', report: { status: 'cancelled', code: 'cancelled', verified: true, endedAtMs: 100 } },
  { state: 'expired' },
];
const asked = [['shell.execute', { command: 'echo hello && uname -a' }], ['shell.execute', { command: 'systemctl restart cups' }], ['system.information', { refresh: true }], ['service.restart', { name: 'spooler' }], ['shell.execute', { command: 'Get-Service | Where-Object Status -eq Stopped' }], ['agent.echo', { text: 'hello' }], ['system.information', {}], ['process.execute', { program: '/usr/bin/rsync', arguments: ['-a', '/srv', '/backup'] }], ['shell.execute', { command: 'reboot' }]] as const;

export function directive(number: number, agentIds: readonly string[], now: number): DirectiveView {
  const [primitive, params] = asked[number % asked.length] ?? asked[0];
  const at = now - number * 23 * minute - 40_000;
  const targets = agentIds.map((agentId, index): TargetView => {
    const ending = endings[agentIds.length === 1 ? number % endings.length : [0, 0, 0, 0, 0, 1, 0, 2, 3, 0, 4][index % 11] ?? 0] ?? {};
    return { agentId, state: 'waiting', changedAtMs: at + 2500, ...ending, ...(ending.report === undefined ? {} : { report: { ...ending.report, endedAtMs: at + ending.report.endedAtMs, ...(ending.report.startedAtMs === undefined ? {} : { startedAtMs: at }) } }) };
  });
  return { id: id32(9000 + number), primitive, params, timeoutMs: 600_000, live: false, policyVersion: 3, signedBy: { personId: id32(701), name: number % 4 === 1 ? 'Omar K.' : 'Jana D.', keyId: id32(700) }, submittedAtMs: at, targets, ...(targets.some(({ state }) => state === 'waiting') ? { waitsUntilMs: at + 7 * day } : {}) };
}
