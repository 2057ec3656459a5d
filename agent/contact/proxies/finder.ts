/**
 * Finds the paths to a target: asks all sources at once, waits for them for a bounded time, and puts what they say in the order
 * worth trying. What comes too late for one call is there for the next.
 */
import type { Clock, Random } from '../../../protocol/clock.ts';
import { limits } from '../../../protocol/limits.ts';
import type { Failure, Outcome } from '../../../protocol/outcome.ts';
import { directPath } from '../../../transports/path.ts';
import type { Path, Target } from '../../../transports/path.ts';
import { nameOf } from '../../../transports/proxies/proxy.ts';
import type { Proxy } from '../../../transports/proxies/proxy.ts';
import { proxyPath } from '../../../transports/proxies/proxy-path.ts';
import { isBypassed } from './bypass.ts';
import type { Finding, Source, Surroundings } from './finding.ts';
import { readPacAnswer } from './pac-answer.ts';
import type { Choice } from './pac-answer.ts';

export type FinderOptions = {
  /** What a person has set; goes before everything. */
  readonly explicit: readonly Finding[];
  /** Asked all at once; an earlier one's word goes first. */
  readonly sources: readonly Source[];
  readonly surroundings: Surroundings;
  readonly clock: Clock;
  readonly random: Random;
  /** Something that is another text in another network: what was found is dropped then. */
  network(): string;
  /** A PAC file that was named could not be used. */
  unusable(foundBy: string, reason: Failure): void;
};

/** One way that one finding names for one target. */
type Option = { readonly foundBy: string; readonly choice: Choice; readonly rank: 'explicit' | 'script' | 'setting' };

/** Everything found in one network. */
type Detection = {
  readonly startedAt: number;
  readonly network: string;
  readonly ending: AbortController;
  readonly findings: readonly Promise<readonly Finding[]>[];
  /** PAC files by address. */
  readonly scripts: Map<string, Promise<Outcome<string>>>;
  /** By target: what each finding's source has said so far, and when all have. */
  readonly answers: Map<string, { readonly said: (readonly Option[])[]; readonly done: Promise<unknown> }>;
};

/** Targets whose answers are kept: an agent has a few addresses of its intermediary. */
const maxTargets = 16;

export class ProxyFinder {
  readonly #options: FinderOptions;
  #detection: Detection | undefined;
  /** Kept, since a path remembers what its proxy has asked for. */
  readonly #paths = new Map<string, Path>();

  constructor(options: FinderOptions) {
    this.#options = options;
  }

  /** Within `limits.findProxiesMs`, or at once when `signal` is aborted, with what is known then. */
  async find(target: Target, signal: AbortSignal): Promise<readonly Path[]> {
    const { said, done } = this.#ask(this.#currentDetection(), target);
    await this.#waitFor(done, signal);
    return this.#inOrder(said.flat());
  }

  #currentDetection(): Detection {
    const { clock, sources, surroundings, explicit } = this.#options;
    const [startedAt, network, last] = [clock.monotonic(), this.#options.network(), this.#detection];
    if (last !== undefined && last.network === network && startedAt - last.startedAt < limits.proxiesKeptMs) return last;
    last?.ending.abort();
    if (last?.network !== network) this.#paths.clear();
    const ending = new AbortController();
    const findings = [Promise.resolve(explicit), ...sources.map((source) => source(surroundings, ending.signal))];
    this.#detection = { startedAt, network, ending, findings, scripts: new Map(), answers: new Map() };
    return this.#detection;
  }

  #ask(detection: Detection, target: Target): { readonly said: (readonly Option[])[]; readonly done: Promise<unknown> } {
    const key = `${target.host} ${target.port}`;
    const known = detection.answers.get(key);
    if (known !== undefined) return known;
    if (detection.answers.size >= maxTargets) detection.answers.clear();
    const said: (readonly Option[])[] = detection.findings.map(() => []);
    const done = Promise.all(detection.findings.map(async (source, index) => {
      const options = (await source).map((finding) => this.#optionsOf(finding, { detection, target, isExplicit: index === 0 }));
      said[index] = (await Promise.all(options)).flat();
    }));
    const answer = { said, done };
    detection.answers.set(key, answer);
    return answer;
  }

  async #optionsOf(finding: Finding, { detection, target, isExplicit }: { detection: Detection; target: Target; isExplicit: boolean }): Promise<readonly Option[]> {
    const { foundBy } = finding;
    if (finding.kind === 'proxy') {
      return isBypassed(target, finding.bypass) ? [] : [{ foundBy, choice: finding.proxy, rank: isExplicit ? 'explicit' : 'setting' }];
    }
    const answer = await this.#runScript(finding.url, detection, target);
    if (answer.ok) return readPacAnswer(answer.value).map((choice) => ({ foundBy, choice, rank: isExplicit ? 'explicit' : 'script' }));
    if (!detection.ending.signal.aborted) this.#options.unusable(foundBy, answer);
    return [];
  }

  async #runScript(url: string, detection: Detection, target: Target): Promise<Outcome<string>> {
    const { surroundings, clock } = this.#options;
    const script = detection.scripts.get(url) ?? this.#fetch(url, detection.ending.signal);
    detection.scripts.set(url, script);
    const fetched = await script;
    if (!fetched.ok) return fetched;
    const { runPac } = await import('./pac-run.ts'); // loaded when there is a PAC file
    return runPac(fetched.value, target, { lookup: surroundings.lookup, ownAddress: surroundings.ownAddress, clock });
  }

  async #fetch(url: string, ending: AbortSignal): Promise<Outcome<string>> {
    const { surroundings, clock } = this.#options;
    const late = new AbortController();
    const timer = clock.after(limits.fetchPacMs, () => late.abort());
    const fetched = await surroundings.fetchText(url, AbortSignal.any([ending, late.signal]));
    timer.cancel();
    return fetched;
  }

  #waitFor(done: Promise<unknown>, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const settle = (): void => {
        timer.cancel();
        signal.removeEventListener('abort', settle);
        resolve();
      };
      const timer = this.#options.clock.after(limits.findProxiesMs, settle);
      signal.addEventListener('abort', settle);
      if (signal.aborted) settle();
      void done.then(settle);
    });
  }

  /** What a person has set, then what a script says (it knows where `DIRECT` stands), then directly, then what settings name. */
  #inOrder(options: readonly Option[]): readonly Path[] {
    const of = (rank: Option['rank']): readonly Option[] => options.filter((option) => option.rank === rank);
    const direct: Option = { foundBy: '', choice: 'direct', rank: 'setting' };
    const paths = [...of('explicit'), ...of('script'), direct, ...of('setting')].map((option) => this.#pathOf(option, options));
    const unique = paths.filter((path, index) => paths.findIndex(({ name }) => name === path.name) === index).slice(0, limits.maxPaths);
    return unique.includes(directPath) ? unique : [...unique.slice(0, -1), directPath];
  }

  /** A script names a proxy without its password; a setting elsewhere may hold it. */
  #pathOf({ foundBy, choice }: Option, all: readonly Option[]): Path {
    if (choice === 'direct') return directPath;
    const isSame = (other: Choice): other is Proxy => other !== 'direct' && other.credentials !== undefined && nameOf(other) === nameOf(choice);
    const proxy = choice.credentials === undefined ? all.map((option) => option.choice).find(isSame) ?? choice : choice;
    const key = JSON.stringify([foundBy, proxy]);
    const path = this.#paths.get(key) ?? proxyPath(proxy, { clock: this.#options.clock, random: this.#options.random, foundBy });
    if (this.#paths.size >= maxTargets * limits.maxPaths) this.#paths.clear();
    this.#paths.set(key, path);
    return path;
  }
}
