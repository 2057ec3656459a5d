/**
 * Counts what a run writes, keeps the first `limits.maxOutputBytes` of each channel and digests what is kept, so that
 * a cut shows as a cut and an altered output does not fit its signed report.
 */
import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import type { OutputSummary } from '../../protocol/statements/report.ts';

export type OutputChannel = 'stdout' | 'stderr';
export type OutputSummaries = { readonly stdout: OutputSummary; readonly stderr: OutputSummary };

const digestOfNothing = createHash('sha256').digest('base64url');

export class OutputMeter {
  readonly #channels: Readonly<Record<OutputChannel, ChannelMeter>>;
  #isUsed = false;

  /** At most `maxBytes` of each channel are kept; 0 only counts. */
  constructor(maxBytes: number) {
    this.#channels = { stdout: new ChannelMeter(maxBytes), stderr: new ChannelMeter(maxBytes) };
  }

  /** Counts `chunk` and returns the part of it that is kept: often all, in the end nothing. */
  keep(channel: OutputChannel, chunk: Uint8Array): Uint8Array {
    this.#isUsed = true;
    return this.#channels[channel].keep(chunk);
  }

  /** Whether anything was written at all. */
  get isUsed(): boolean {
    return this.#isUsed;
  }

  summaries(): OutputSummaries {
    return { stdout: this.#channels.stdout.summary(), stderr: this.#channels.stderr.summary() };
  }
}

class ChannelMeter {
  readonly #maxBytes: number;
  #bytes = 0;
  #kept = 0;
  /** Made at the first byte: most runs write on one channel at most. */
  #hash: Hash | undefined;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  keep(chunk: Uint8Array): Uint8Array {
    const part = chunk.subarray(0, this.#maxBytes - this.#kept);
    this.#bytes += chunk.byteLength;
    this.#kept += part.byteLength;
    if (part.byteLength > 0) this.#hash = (this.#hash ?? createHash('sha256')).update(part);
    return part;
  }

  summary(): OutputSummary {
    return { bytes: this.#bytes, kept: this.#kept, digest: this.#hash?.copy().digest('base64url') ?? digestOfNothing };
  }
}
