/**
 * How every figure is taken: the same loops for ours and for its floor, in the same run on the same machine.
 */

/** Something that can be asked again and again. */
export type Subject = {
  readonly name: string;
  /** One whole round trip; rejects when the answer is missing or wrong. */
  call(): Promise<void>;
  close(): Promise<void>;
};

export type Latency = { readonly calls: number; readonly p50Ms: number; readonly p95Ms: number; readonly p99Ms: number };
export type Throughput = { readonly inFlight: number; readonly calls: number; readonly perSecond: number; readonly failed: number; /** What the first failure said. */ readonly firstFailure?: string };

/** One call after the other, `calls` times, after a warm-up that is not counted. */
export async function sequential(subject: Subject, calls: number): Promise<Latency> {
  for (let warm = 0; warm < Math.min(50, calls); warm += 1) await subject.call();
  const times: number[] = [];
  for (let index = 0; index < calls; index += 1) {
    const started = performance.now();
    await subject.call();
    times.push(performance.now() - started);
  }
  times.sort((left, right) => left - right);
  return { calls, p50Ms: at(times, 0.5), p95Ms: at(times, 0.95), p99Ms: at(times, 0.99) };
}

/** `calls` calls of which `inFlight` are always under way. A call that fails is counted, never hidden. */
export async function parallel(subject: Subject, inFlight: number, calls: number): Promise<Throughput> {
  let begun = 0;
  const failures: string[] = [];
  const lane = async (): Promise<void> => {
    while (begun < calls) {
      begun += 1;
      await subject.call().catch((error: unknown) => failures.push(String(error)));
    }
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: inFlight }, lane));
  const perSecond = ((calls - failures.length) * 1000) / (performance.now() - started);
  const [firstFailure] = failures;
  return { inFlight, calls, perSecond, failed: failures.length, ...(firstFailure === undefined ? {} : { firstFailure }) };
}

function at(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
