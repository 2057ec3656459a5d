/**
 * Asking a program of the system, in a worker: systemctl, journalctl, dpkg-query … Its words are wanted in English, its
 * output is bounded, and it ends with the run. For what streams or is the technician's own program see `program`.
 */
import { execFile } from 'node:child_process';
import { environmentOf } from '../execution/children.ts';
import { failure, success } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import type { PrimitiveContext } from '../../protocol/primitive.ts';

/** What a tool said; an exit code other than 0 is for the caller to judge. */
export type ToolAnswer = { readonly exitCode: number; readonly stdout: string; readonly stderr: string };

/** As `ToolAnswer`, for tools that speak no text. */
export type ToolBytes = { readonly exitCode: number; readonly stdout: Buffer; readonly stderr: Buffer };

/** What a tool runs under. */
export type ToolContext = Pick<PrimitiveContext, 'signal' | 'directiveId'>;

export type ToolOptions = {
  readonly stdin?: string | Uint8Array;
  readonly environment?: Readonly<Record<string, string>>;
  /** Of either stream; more ends the tool and fails with `not-supported`. */
  readonly maxBytes?: number;
  readonly timeoutMs?: number;
};

const defaults = { maxBytes: 64 * 1024 * 1024, timeoutMs: 60_000 };

/** Runs `file` with `args`. Fails with `tool-missing`, `not-permitted`, `time-limit`, `cancelled` or `not-supported`. */
export async function askTool(file: string, args: readonly string[], context: ToolContext, options: ToolOptions = {}): Promise<Outcome<ToolAnswer>> {
  const said = await askToolForBytes(file, args, context, options);
  return said.ok ? success({ exitCode: said.value.exitCode, stdout: said.value.stdout.toString(), stderr: said.value.stderr.toString() }) : said;
}

/** As `askTool`, and an exit code other than 0 is the failure `tool-failed` with what the tool said. */
export async function askToolToSucceed(...asked: Parameters<typeof askTool>): Promise<Outcome<ToolAnswer>> {
  const answer = await askTool(...asked);
  if (!answer.ok || answer.value.exitCode === 0) return answer;
  const { exitCode, stdout, stderr } = answer.value;
  return failure('tool-failed', `${asked[0]} ended with ${exitCode}: ${(stderr.trim() || stdout.trim()).slice(-500)}`);
}

/** As `askTool`, with what it wrote byte for byte. */
export function askToolForBytes(file: string, args: readonly string[], context: ToolContext, options: ToolOptions = {}): Promise<Outcome<ToolBytes>> {
  const { stdin, environment = {}, maxBytes = defaults.maxBytes, timeoutMs = defaults.timeoutMs } = options;
  const program = { file, args, environment: { LC_ALL: 'C.UTF-8', ...environment } };
  return new Promise((resolve) => {
    const settings = { signal: context.signal, env: environmentOf(program, context.directiveId), maxBuffer: maxBytes, timeout: timeoutMs, killSignal: 'SIGKILL' as const, windowsHide: true, encoding: 'buffer' as const };
    const child = execFile(file, [...args], settings, (error, stdout, stderr) => resolve(answerOf(file, error, { stdout, stderr })));
    // a tool that ends without reading is no failure of ours
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(stdin ?? '');
  });
}

type ToolError = Error & { readonly code?: number | string | null; readonly killed?: boolean };

function answerOf(file: string, error: ToolError | null, said: { stdout: Buffer; stderr: Buffer }): Outcome<ToolBytes> {
  if (error === null) return success({ exitCode: 0, ...said });
  if (typeof error.code === 'number') return success({ exitCode: error.code, ...said });
  if (error.code === 'ENOENT') return failure('tool-missing', file);
  if (error.code === 'EACCES') return failure('not-permitted', file);
  if (error.code === 'ABORT_ERR') return failure('cancelled', `${file} has been ended`);
  if (error.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') return failure('not-supported', `${file} says more than can be taken`);
  return error.killed === true ? failure('time-limit', `${file} did not answer in time`) : failure('tool-failed', `${file}: ${error.message}`);
}
