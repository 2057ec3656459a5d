/**
 * A program without a live stream: run to its end, its output metered and passed on as it comes.
 */
import { limits } from '../../protocol/limits.ts';
import { failure } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import type { RunOutcome } from '../../protocol/primitive.ts';
import { runProgram } from './children.ts';
import type { ProgramContext } from './children.ts';
import { OutputMeter } from './output.ts';
import type { OutputChannel, OutputSummaries } from './output.ts';
import type { Program, ProgramExit } from './program.ts';

/** Runs it; `output` is absent when it wrote nothing at all. */
export async function runPlain(program: Outcome<Program>, context: ProgramContext): Promise<{ outcome: RunOutcome<ProgramExit>; output?: OutputSummaries }> {
  if (!program.ok) return { outcome: program };
  if (program.value.terminal !== undefined) return { outcome: failure('no-terminal', 'a terminal needs a live stream: the directive carries no stream key') };
  const meter = new OutputMeter(limits.maxOutputBytes);
  const outcome = await runProgram(program.value, { ...context, output: (channel, chunk) => passOn(meter.keep(channel, chunk), channel, context) });
  return meter.isUsed ? { outcome, output: meter.summaries() } : { outcome };
}

/** In pieces of `limits.maxChunkBytes`; nothing to wait for when there is room. */
function passOn(bytes: Uint8Array, channel: OutputChannel, { output }: ProgramContext): Promise<void> | void {
  if (bytes.byteLength > limits.maxChunkBytes) return inPieces(bytes, channel, output);
  return bytes.byteLength > 0 ? output(channel, bytes) : undefined;
}

async function inPieces(bytes: Uint8Array, channel: OutputChannel, output: ProgramContext['output']): Promise<void> {
  for (let from = 0; from < bytes.byteLength; from += limits.maxChunkBytes) await output(channel, bytes.subarray(from, from + limits.maxChunkBytes));
}
