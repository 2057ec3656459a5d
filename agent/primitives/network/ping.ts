/**
 * Whether another machine answers, by the system's ping.
 */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { failure, success } from '../../../protocol/outcome.ts';
import type { RunOutcome } from '../../../protocol/primitive.ts';
import { defineAgentPrimitive } from '../agent-primitive.ts';
import { askTool } from '../tool.ts';
import { hostParameter } from './parameters.ts';
import type { TableContext } from './network-tables.ts';

const Reply = Type.Object(
  {
    sequence: Type.Integer({ title: 'Number', description: 'Which of the questions it answers.' }),
    address: Type.String({ title: 'From', description: 'Who answered.' }),
    hops: Type.Integer({ title: 'Hops left', description: 'Of those that the answer was allowed (TTL).' }),
    tookMs: Type.Number({ title: 'Took', description: 'There and back.' }),
  },
  { additionalProperties: false },
);

const Answer = Type.Object(
  {
    sent: Type.Integer({ title: 'Asked', description: 'How often it was asked.' }),
    received: Type.Integer({ title: 'Answered', description: 'How often it answered.' }),
    averageMs: Type.Optional(Type.Number({ title: 'Average', description: 'There and back.' })),
    replies: Type.Array(Reply, { title: 'Answers', description: 'One by one.' }),
  },
  { additionalProperties: false },
);
type Answer = Static<typeof Answer>;

const params = Type.Object(
  {
    host: hostParameter,
    count: Type.Optional(Type.Integer({ title: 'How often', description: 'So many questions, one a second.', default: 4, minimum: 1, maximum: 100 })),
    waitSeconds: Type.Optional(Type.Integer({ title: 'Wait for', description: 'The answer to each, so long at most.', default: 3, minimum: 1, maximum: 30 })),
  },
  { additionalProperties: false },
);

export const networkPing = defineAgentPrimitive({
  name: 'network.ping',
  title: 'Ping',
  description: 'Asks another machine for an answer, from the machine, and measures how long it takes. No answer at all is a failure.',
  risk: 'read',
  streams: 'none',
  platforms: ['linux'],
  params,
  result: Answer,
  run: ping,
});

async function ping({ host, count = 4, waitSeconds = 3 }: Static<typeof params>, context: TableContext): Promise<RunOutcome<Answer>> {
  const said = await askTool('ping', ['-n', '-c', String(count), '-W', String(waitSeconds), '--', host], context, { timeoutMs: (count * (1 + waitSeconds) + 10) * 1000 });
  if (!said.ok) return said;
  const { exitCode, stdout, stderr } = said.value;
  // 1 is for no answer, 2 for a question that could not be asked
  if (exitCode > 1) return failure(/not known|No address|failure in name/i.test(stderr) ? 'not-found' : 'unreachable', stderr.trim().slice(0, 300));
  const answer = parsePing(stdout, count);
  return answer.received > 0 ? success(answer) : { ...failure('unreachable', `${host} did not answer`), result: answer };
}

/** Lines such as `64 bytes from 127.0.0.1: icmp_seq=1 ttl=64 time=0.036 ms`, of iputils, busybox (`seq=`) and BSD alike. */
export function parsePing(said: string, sent: number): Answer {
  const replies = [...said.matchAll(/^\d+ bytes from (\S+?):? (?:icmp_)?seq=(\d+) (?:ttl|hlim)=(\d+) time[=<]([\d.]+) ?ms/gm)].map(([, address = '', sequence, hops, tookMs]) => ({ sequence: Number(sequence), address, hops: Number(hops), tookMs: Number(tookMs) }));
  const first = replies.filter(({ sequence }, index) => replies.findIndex((reply) => reply.sequence === sequence) === index);
  const averageMs = Math.round((first.reduce((sum, { tookMs }) => sum + tookMs, 0) / first.length) * 1000) / 1000;
  return { sent, received: first.length, ...(first.length === 0 ? {} : { averageMs }), replies: first };
}
