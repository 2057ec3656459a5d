/**
 * What a name stands for, as the machine sees it.
 */
import { lookup, Resolver } from 'node:dns/promises';
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Failure, Outcome } from '../../../protocol/outcome.ts';
import { defineAgentPrimitive } from '../agent-primitive.ts';
import { cut } from '../rows.ts';
import { hostParameter } from './parameters.ts';

const kinds = ['address', 'A', 'AAAA', 'CNAME', 'MX', 'NS', 'PTR', 'SOA', 'SRV', 'TXT'] as const;
type Kind = (typeof kinds)[number];

const Found = Type.Object({ kind: Type.String({ title: 'Kind', description: 'Kind of the record.' }), value: Type.String({ title: 'Value', description: 'What the name stands for.' }) }, { additionalProperties: false });
const Result = Type.Object({ records: Type.Array(Found, { title: 'Records', description: 'In the order of the answer.' }), tookMs: Type.Integer({ title: 'Took', description: 'Until the answer came.' }) }, { additionalProperties: false });
type Result = Static<typeof Result>;

const params = Type.Object(
  {
    name: { ...hostParameter, title: 'Name', description: 'Name to look up; for PTR an address.' },
    kind: Type.Optional(Type.Enum(kinds, { title: 'Kind', description: 'address: as programs of the machine look it up, its hosts file included. Otherwise this kind of record, from a name server.', default: 'address' })),
    server: Type.Optional(Type.String({ title: 'Name server', description: 'Address of the server to ask instead of that of the machine; with a port if that is not 53.', pattern: '^[0-9A-Fa-f.:[\\]]+$', maxLength: 64 })),
  },
  { additionalProperties: false },
);

export const networkResolve = defineAgentPrimitive({
  name: 'network.resolve',
  title: 'Look a name up',
  description: 'What a name stands for, as the machine sees it, or as a name server of your choice says.',
  risk: 'read',
  streams: 'none',
  platforms: ['linux', 'win32', 'darwin'],
  params,
  result: Result,
  run: resolve,
});

async function resolve({ name, kind = 'address', server }: Static<typeof params>, { signal }: { readonly signal: AbortSignal }): Promise<Outcome<Result>> {
  const began = performance.now();
  try {
    const values = kind === 'address' && server === undefined ? (await lookup(name, { all: true })).map(({ address }) => address) : await ask(name, kind === 'address' ? 'A' : kind, { server, signal });
    return success({ records: values.slice(0, 500).map((value) => ({ kind, value: cut(value, 400) })), tookMs: Math.round(performance.now() - began) });
  } catch (error) {
    return failureOf(error, name);
  }
}

async function ask(name: string, kind: Exclude<Kind, 'address'>, { server, signal }: { server: string | undefined; signal: AbortSignal }): Promise<string[]> {
  const resolver = new Resolver({ timeout: 3000, tries: 2 });
  if (server !== undefined) resolver.setServers([server]);
  signal.addEventListener('abort', () => resolver.cancel(), { once: true });
  switch (kind) {
    case 'MX': return (await resolver.resolveMx(name)).map(({ priority, exchange }) => `${priority} ${exchange}`);
    case 'TXT': return (await resolver.resolveTxt(name)).map((parts) => parts.join(''));
    case 'SRV': return (await resolver.resolveSrv(name)).map(({ priority, weight, port, name: target }) => `${priority} ${weight} ${port} ${target}`);
    case 'SOA': return [Object.values(await resolver.resolveSoa(name)).join(' ')];
    case 'PTR': return resolver.reverse(name);
    default: return resolver.resolve(name, kind);
  }
}

function failureOf(error: unknown, name: string): Failure {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (['ENOTFOUND', 'ENODATA', 'EAI_AGAIN'].includes(code)) return failure(code === 'EAI_AGAIN' ? 'unreachable' : 'not-found', `${name}: ${code === 'EAI_AGAIN' ? 'no name server answers' : 'there is no such record'}`);
  if (code === 'ETIMEOUT') return failure('timed-out', 'the name server did not answer');
  if (code === 'ECANCELLED') return failure('cancelled', name);
  if (code === 'ECONNREFUSED') return failure('unreachable', 'no name server answers there');
  if (code === 'EINVAL' || code === 'ERR_INVALID_IP_ADDRESS') return failure('params-invalid', `${name} is no address`);
  if (/^E[A-Z]+$/.test(code)) return failure('tool-failed', `the name server answered ${code}`);
  throw error;
}
