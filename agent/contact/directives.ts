/**
 * A directive's way through the agent: admitted by trust, carried out by execution, reported until the intermediary has
 * the report. Outlives every session; what it says goes over the line that is up at the time.
 */
import type { Logger } from 'pino';
import type { Clock } from '../../protocol/clock.ts';
import type { DirectiveMessage, FromAgent } from '../../protocol/messages/agent.ts';
import type { Envelope } from '../../protocol/envelope.ts';
import { success } from '../../protocol/outcome.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import type { Static } from 'typebox';
import type { Ending } from '../execution/ending.ts';
import type { Executor, RunHooks } from '../execution/executor.ts';
import type { AttachmentStream } from '../execution/live-attachment.ts';
import type { LiveRuns } from '../execution/live-runs.ts';
import type { Registry } from '../primitives/registry.ts';
import type { StandingRuns } from '../schedules/standing-runs.ts';
import type { AcceptedDirective, Admission, Trust } from '../trust/trust.ts';
import type { Line } from './session/line.ts';
import { OutputStream } from './output-stream.ts';

export type DirectivesOptions = {
  readonly trust: Trust;
  readonly executor: Executor;
  readonly live: LiveRuns;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly log: Logger;
  /** The machine's time zone. */
  readonly zone: () => string;
};

type DirectiveOffer = Static<typeof DirectiveMessage>;

const progressEveryMs = 200;
/** A report that could not be written (a full disk) is tried again this often. */
const reportAgainMs = 10_000;

export class Directives {
  readonly #options: DirectivesOptions;
  /** Loaded with the first standing directive: most agents have none. */
  #standing: Promise<StandingRuns> | undefined;
  #isStopped = false;
  readonly #admitting = new Map<string, Promise<void>>();
  /** Everything that may still have something to write. */
  readonly #underWay = new Set<Promise<void>>();
  #line: Line | undefined;

  constructor(options: DirectivesOptions) {
    this.#options = options;
  }

  /** From now on this line is used; undefined when there is none. */
  use(line: Line | undefined): void {
    this.#line = line;
  }

  /** Takes a directive from the intermediary, who proves nothing by bringing it. */
  receive(offer: DirectiveOffer): void {
    const admitted = this.#follow(this.#admit(offer)).finally(() => this.#admitting.delete(offer.directiveId));
    this.#admitting.set(offer.directiveId, admitted);
  }

  /** Ends a directive if the signed request holds. */
  cancel(envelope: Envelope): void {
    void this.#follow(this.#cancel(envelope));
  }

  /** A console wants to join a live run; the directive may have come only just before. */
  async attach(directiveId: string, stream: AttachmentStream): Promise<void> {
    await this.#admitting.get(directiveId);
    this.#options.live.attach(directiveId, stream);
  }

  /** Starts what was accepted before a restart and had not begun, or goes on where it stands. */
  resume(): void {
    const firings: AcceptedDirective[] = [];
    for (const accepted of this.#options.trust.resumable()) {
      if (accepted.firing === undefined) void this.#takeUp(accepted);
      else firings.push(accepted);
    }
    void this.#follow(this.#lookAtSchedules(firings));
  }

  /** Whether something runs, a console is to come back for the last output of something, or a report is not known to be stored. */
  get areOwed(): boolean {
    if (this.#underWay.size > 0 || this.#options.live.areAwaited) return true;
    for (const _ of this.#options.trust.unsent()) return true;
    return false;
  }

  /** No schedule begins anything any more. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await (await this.#standing)?.stop();
  }

  /** Resolves when everything that was begun is written down. */
  async settle(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  /** Sends every report that is owed over a line that has just come up. */
  async sendUnsent(line: Line): Promise<void> {
    for (const { directiveId, envelope } of this.#options.trust.unsent()) {
      if (this.#line !== line) return;
      if (!line.send({ kind: 'report', directiveId, envelope })) await line.room();
    }
  }

  async #cancel(envelope: Envelope): Promise<void> {
    const { trust, executor, registry, log } = this.#options;
    const cancelled = await trust.admitCancel(envelope, registry.find);
    if (!cancelled.ok) log.warn({ code: cancelled.code, detail: cancelled.detail }, 'cancel refused');
    else if ((await (await this.#schedules())?.cancel(cancelled.value)) !== true) executor.cancel(cancelled.value);
  }

  /** `firings` go on first: those that are due wait for them. */
  async #lookAtSchedules(firings: readonly AcceptedDirective[] = []): Promise<void> {
    const schedules = await this.#schedules();
    for (const accepted of firings) {
      if (accepted.firing !== undefined && schedules !== undefined) schedules.begin(accepted.firing.standingId, accepted);
      else void this.#takeUp(accepted);
    }
    schedules?.look();
  }

  #takeUp(accepted: AcceptedDirective): Promise<void> {
    return this.#follow(this.#carryOut(accepted, { reserved: false, startAtMs: accepted.startedAtMs }));
  }

  #schedules(): Promise<StandingRuns> | undefined {
    const { trust } = this.#options;
    if (this.#standing === undefined && !this.#isStopped && trust.standing().length > 0) this.#standing = this.#openSchedules();
    return this.#standing;
  }

  async #openSchedules(): Promise<StandingRuns> {
    const { StandingRuns } = await import('../schedules/standing-runs.ts');
    return new StandingRuns({
      ...this.#options,
      carryOut: (firing) => this.#takeUp(firing),
      cancel: (firingId) => void this.#options.executor.cancel(firingId),
      end: (directiveId, ending) => this.#follow(this.#report(directiveId, ending)),
    });
  }

  #follow(work: Promise<void>): Promise<void> {
    const followed = work.finally(() => this.#underWay.delete(followed));
    this.#underWay.add(followed);
    return followed;
  }

  async #admit(offer: DirectiveOffer): Promise<void> {
    const { trust, executor, registry, clock } = this.#options;
    const reserved = executor.tryReserve();
    const startAtMs = reserved ? clock.now() : undefined;
    const admission = await trust.admit(offer.envelope, offer.proof, registry.find, startAtMs);
    if (admission.outcome === 'accepted' && admission.directive.life.kind === 'standing') {
      if (reserved) executor.giveBack();
      this.#say({ kind: 'accepted', directiveId: admission.directive.id });
      return this.#lookAtSchedules();
    }
    if (admission.outcome === 'accepted') {
      void this.#follow(this.#carryOut(admission, { reserved, startAtMs }));
      return;
    }
    if (reserved) executor.giveBack();
    this.#answer(offer.directiveId, admission);
  }

  #answer(directiveId: string, admission: Exclude<Admission, { outcome: 'accepted' }>): void {
    if (admission.outcome === 'running') this.#say({ kind: 'accepted', directiveId: admission.directiveId });
    else if (admission.outcome === 'reported') this.#say({ kind: 'report', directiveId: admission.directiveId, envelope: admission.envelope });
    else {
      const { code, detail, report } = admission;
      this.#options.log.warn({ directiveId, code, detail }, 'directive refused');
      if (report !== undefined) this.#say({ kind: 'report', directiveId: admission.directiveId ?? directiveId, envelope: report });
    }
  }

  /** `startAtMs`: the journal says already that it has started. */
  async #carryOut({ directive, signer, firing }: AcceptedDirective, begun: { reserved: boolean; startAtMs?: number | undefined }): Promise<void> {
    const { executor, registry, log } = this.#options;
    const { id: directiveId } = directive;
    const report = (ending: Ending): Promise<void> => this.#report(directiveId, ending, firing !== undefined);
    // at once, but after a restart: a console may be about to join it
    const found = registry.find(directive.primitive);
    const primitive = found instanceof Promise ? await found : found;
    if (primitive === undefined) return report({ status: 'failed', code: 'primitive-unknown', detail: directive.primitive, endedAtMs: this.#options.clock.now() });
    const about = { directiveId, primitive: directive.primitive, personId: signer.personId };
    log.debug(about, 'directive accepted');
    // one that starts at once says so, and with it that it was accepted
    if (begun.startAtMs === undefined && firing === undefined) this.#say({ kind: 'accepted', directiveId });
    const output = new OutputStream(firing === undefined ? { kind: 'output', directiveId } : { kind: 'output', directiveId: firing.standingId, firing: firing.at }, () => this.#line);
    const ending = await executor.run({ ...directive, ...begun, personId: signer.personId }, primitive, this.#hooks(directiveId, output, begun.startAtMs));
    output.end();
    if (ending.status === 'interrupted' && this.#options.trust.goesOn(directiveId)) return log.info(about, 'goes on after the restart');
    log.info({ ...about, status: ending.status, code: ending.code }, 'directive ended');
    await report(ending);
  }

  #hooks(directiveId: string, output: OutputStream, startAtMs: number | undefined): RunHooks {
    let nextProgressAt = 0;
    return {
      onStarted: async (atMs) => {
        const marked: Outcome<void> = startAtMs === undefined ? await this.#options.trust.markStarted(directiveId, atMs) : success(undefined);
        if (marked.ok) this.#say({ kind: 'started', directiveId, atMs });
        return marked;
      },
      onOutput: (channel, chunk) => output.write(channel, chunk),
      onProgress: (percent, note) => {
        const now = this.#options.clock.monotonic();
        if (now < nextProgressAt) return;
        nextProgressAt = now + progressEveryMs;
        this.#say({ kind: 'progress', directiveId, percent, ...(note === undefined ? {} : { note: note.slice(0, 200) }) });
      },
    };
  }

  async #report(directiveId: string, ending: Ending, isFiring = false): Promise<void> {
    const { trust, clock, log } = this.#options;
    const signed = isFiring ? await trust.reportFiring(directiveId, ending) : await trust.report(directiveId, ending);
    if (signed.ok) {
      if (signed.value !== undefined) this.#say({ kind: 'report', directiveId, envelope: signed.value });
      return;
    }
    log.error({ directiveId, code: signed.code, detail: signed.detail }, 'report not written yet');
    clock.after(reportAgainMs, () => void this.#report(directiveId, ending, isFiring));
  }

  /** What is not heard is made good at the next check-in: `pending` and the reports not yet stored. */
  #say(message: FromAgent): void {
    this.#line?.send(message);
  }
}
