/**
 * How every figure is taken: the same loops for ours and for its floor, in turns, so that a noisy machine is as noisy for
 * the one as for the other.
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

/** Calls of one subject before it is another's turn: so few that what else the machine does hits all of them alike. */
const callsInTurn = 50;
const warmUpCalls = 50;

/** One call after the other, `calls` times for each subject, the subjects taking turns; after a warm-up that is not counted. */
export async function sequential(subjects: readonly Subject[], calls: number): Promise<Latency[]> {
  const times = subjects.map((): number[] => []);
  for (const subject of subjects) for (let warm = 0; warm < warmUpCalls; warm += 1) await subject.call();
  for (let done = 0; done < calls; done += callsInTurn) {
    for (const [index, subject] of subjects.entries()) await timeCalls(subject, Math.min(callsInTurn, calls - done), times[index] ?? []);
  }
  return times.map((each) => latencyOf(each));
}

export async function timeCalls(subject: Subject, calls: number, times: number[]): Promise<void> {
  for (let index = 0; index < calls; index += 1) {
    const started = performance.now();
    await subject.call();
    times.push(performance.now() - started);
  }
}

export function latencyOf(times: readonly number[]): Latency {
  const sorted = times.toSorted((left, right) => left - right);
  return { calls: times.length, p50Ms: at(sorted, 0.5), p95Ms: at(sorted, 0.95), p99Ms: at(sorted, 0.99) };
}

/** `calls` calls for each subject of which `inFlight` are always under way, in `turns` turns. A call that fails is counted, never hidden. */
export async function parallel(subjects: readonly Subject[], inFlight: number, { calls, turns }: { readonly calls: number; readonly turns: number }): Promise<Throughput[]> {
  const tallies = subjects.map(() => ({ ms: 0, failures: [] as string[] }));
  for (let turn = 0; turn < turns; turn += 1) {
    for (const [index, subject] of subjects.entries()) await fly(subject, inFlight, Math.ceil(calls / turns), tallies[index]);
  }
  return tallies.map(({ ms, failures }) => {
    const made = Math.ceil(calls / turns) * turns;
    const [firstFailure] = failures;
    return { inFlight, calls: made, perSecond: ((made - failures.length) * 1000) / ms, failed: failures.length, ...(firstFailure === undefined ? {} : { firstFailure }) };
  });
}

async function fly(subject: Subject, inFlight: number, calls: number, tally: { ms: number; failures: string[] } | undefined): Promise<void> {
  let begun = 0;
  const lane = async (): Promise<void> => {
    while (begun < calls) {
      begun += 1;
      await subject.call().catch((error: unknown) => tally?.failures.push(String(error)));
    }
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: inFlight }, lane));
  if (tally !== undefined) tally.ms += performance.now() - started;
}

function at(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
