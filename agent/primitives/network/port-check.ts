/**
 * Whether a port of another machine takes calls, tried from the machine.
 */
import { connect } from 'node:net';
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import { defineAgentPrimitive } from '../agent-primitive.ts';
import { hostParameter } from './parameters.ts';

const answers = ['open', 'refused', 'no answer', 'no way there'] as const;

const Result = Type.Object(
  {
    open: Type.Boolean({ title: 'Open', description: 'Whether a connection could be made.' }),
    answer: Type.Enum(answers, { title: 'Answer', description: 'refused: the machine is there, and nothing listens on that port. no answer: the machine is off, or a firewall is silent. no way there: no route leads to it.' }),
    address: Type.Optional(Type.String({ title: 'Address', description: 'That was reached.' })),
    tookMs: Type.Integer({ title: 'Took', description: 'Until the answer came.' }),
  },
  { additionalProperties: false },
);
type Result = Static<typeof Result>;

const params = Type.Object(
  {
    host: hostParameter,
    port: Type.Integer({ title: 'Port', description: 'TCP port.', minimum: 1, maximum: 65_535 }),
    waitMs: Type.Optional(Type.Integer({ title: 'Wait for', description: 'So long at most.', default: 5000, minimum: 100, maximum: 60_000 })),
  },
  { additionalProperties: false },
);

export const networkPortCheck = defineAgentPrimitive({
  name: 'network.port-check',
  title: 'Check a port',
  description: 'Whether a TCP port of another machine takes calls, tried from the machine. Nothing is sent.',
  risk: 'read',
  streams: 'none',
  platforms: ['linux', 'win32', 'darwin'],
  params,
  result: Result,
  run: check,
});

function check({ host, port, waitMs = 5000 }: Static<typeof params>, { signal }: { readonly signal: AbortSignal }): Promise<Outcome<Result>> {
  const began = performance.now();
  return new Promise((resolve) => {
    const socket = connect({ host, port, signal });
    const end = (outcome: Outcome<Omit<Result, 'tookMs'>>): void => {
      socket.destroy();
      resolve(outcome.ok ? success({ ...outcome.value, tookMs: Math.round(performance.now() - began) }) : outcome);
    };
    socket.setTimeout(waitMs, () => end(success({ open: false, answer: 'no answer' })));
    socket.once('connect', () => end(success({ open: true, answer: 'open', ...(socket.remoteAddress === undefined ? {} : { address: socket.remoteAddress }) })));
    socket.once('error', (error) => end(answerOf(error, host)));
  });
}

const byCode: Readonly<Record<string, Result['answer']>> = { ECONNREFUSED: 'refused', ETIMEDOUT: 'no answer', EHOSTUNREACH: 'no way there', ENETUNREACH: 'no way there', EHOSTDOWN: 'no answer' };

/** Of a name with several addresses the last error counts. */
function answerOf(error: Error, host: string): Outcome<Omit<Result, 'tookMs'>> {
  const last: unknown = error instanceof AggregateError ? error.errors.at(-1) : error;
  const code = last instanceof Error && 'code' in last ? String(last.code) : '';
  const answer = byCode[code];
  if (answer !== undefined) return success({ open: false, answer });
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return failure('not-found', `the name ${host} is not known`);
  return code === 'ABORT_ERR' ? failure('cancelled', host) : failure('unreachable', `${host}: ${code}`);
}
