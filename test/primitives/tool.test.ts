import test from 'ava';
import { askTool, askToolToSucceed } from '../../agent/primitives/tool.ts';
import { readToolLines } from '../../agent/primitives/tool-lines.ts';

const context = { signal: new AbortController().signal, directiveId: '0'.repeat(32) };

test('a tool answers with its exit code and what it said, in English', async (t) => {
  const answer = await askTool('sh', ['-c', 'echo "$LC_ALL"; cat; echo no >&2; exit 3'], context, { stdin: 'given' });
  t.deepEqual(answer, { ok: true, value: { exitCode: 3, stdout: 'C.UTF-8\ngiven', stderr: 'no\n' } });
});

test('a tool that is not there, fails, hangs or talks without end is told apart', async (t) => {
  const code = async (asked: ReturnType<typeof askTool>) => {
    const answer = await asked;
    return answer.ok ? 'none' : answer.code;
  };
  t.is(await code(askTool('no-such-tool', [], context)), 'tool-missing');
  t.is(await code(askToolToSucceed('sh', ['-c', 'exit 2'], context)), 'tool-failed');
  t.is(await code(askTool('sleep', ['60'], context, { timeoutMs: 50 })), 'time-limit');
  t.is(await code(askTool('yes', [], context, { maxBytes: 1000 })), 'not-supported');
  t.is(await code(askTool('sleep', ['60'], { ...context, signal: AbortSignal.abort() })), 'cancelled');
});

test('a tool carries the mark of its directive', async (t) => {
  const answer = await askTool('sh', ['-c', 'echo $BEHEST_DIRECTIVE'], context);
  t.is(answer.ok && answer.value.stdout.trim(), context.directiveId);
});

test('of a tool that says more than is wanted, enough is read and it is ended', async (t) => {
  const lines: string[] = [];
  const read = await readToolLines('yes', ['x'.repeat(200)], context, (line) => (lines.push(line) < 5 ? 'go on' : 'stop'));
  t.deepEqual([read.ok, lines.length], [true, 5]);
  t.like(await readToolLines('sh', ['-c', 'echo one; echo wrong >&2; exit 3'], context, () => 'go on'), { ok: false, code: 'tool-failed', detail: 'sh ended with 3: wrong' });
  t.like(await readToolLines('no-such-tool', [], context, () => 'go on'), { ok: false, code: 'tool-missing' });
});
