/**
 * From a directive as the intermediary tells it to one that can be shown: the signed statement read, each report checked
 * against the machine's own key.
 */
import type { DirectiveRecord, DirectiveTarget } from '../../../protocol/messages/live.ts';
import { success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';
import { findKey } from '../../../protocol/statements/policy-rules.ts';
import type { Policy } from '../../../protocol/statements/policy.ts';
import { readDirective } from '../../../protocol/statements/read.ts';
import { base64Url } from '../../../protocol/bytes.ts';
import { payloadDigest } from '../../../protocol/statements/dsse.ts';
import { countOf } from '../../client/fleet.ts';
import { claimedReport, verifyReport } from '../../client/reports.ts';
import type { DirectiveView, ReportView, TargetView } from './client-port.ts';

/** What the reader must know of the world. `identityKeyOf` waits until machines are known. */
export type ReaderKnowledge = {
  identityKeyOf(agentId: string): Promise<string | undefined>;
  policy(): Policy | undefined;
};

export class DirectiveReader {
  readonly #known: ReaderKnowledge;
  /** SHA-256 of the payload, by directive: later reports are checked against it. */
  readonly #digests = new Map<string, string>();
  /** Reports that were checked already, by directive and machine. */
  readonly #reports = new Map<string, ReportView>();

  constructor(known: ReaderKnowledge) {
    this.#known = known;
  }

  /** The record for showing; a failure when its statement cannot be read. */
  async read(record: DirectiveRecord): Promise<Outcome<DirectiveView>> {
    const directive = readDirective(record.envelope.payload);
    if (!directive.ok) return directive;
    const { id, primitive, params, timeoutMs, life, streamKey, policy } = directive.value;
    this.#digests.set(id, base64Url(await payloadDigest(record.envelope)));
    const keyId = record.envelope.signatures[0]?.keyId ?? '';
    const person = this.#signer(keyId) ?? { personId: record.submittedBy.personId, name: record.submittedBy.name };
    const targets: TargetView[] = [];
    for (const target of record.targets) targets.push(await this.readTarget(id, target));
    return success({
      id,
      primitive,
      params,
      timeoutMs,
      ...(life.kind === 'queued' ? { waitsUntilMs: life.notAfter * 1000 } : {}),
      live: streamKey !== undefined,
      policyVersion: policy,
      signedBy: { ...person, keyId },
      submittedAtMs: record.submittedAtMs,
      ...(life.kind === 'queued' && life.rollout !== undefined ? { rollout: life.rollout } : {}),
      targets,
      ...(countOf(record.counts) > targets.length ? { counts: record.counts } : {}),
    });
  }

  /** One machine's part. The directive must have been read before. */
  async readTarget(directiveId: string, { report, ...target }: DirectiveTarget): Promise<TargetView> {
    if (report === undefined) return shown(target);
    const key = `${directiveId} ${target.agentId}`;
    const checked = this.#reports.get(key) ?? (await this.#check(directiveId, target.agentId, report));
    if (checked === undefined) return shown(target);
    this.#reports.set(key, checked);
    return { ...shown(target), report: checked };
  }

  async #check(directiveId: string, agentId: string, envelope: NonNullable<DirectiveTarget['report']>): Promise<ReportView | undefined> {
    const digest = this.#digests.get(directiveId);
    const identityKey = await this.#known.identityKeyOf(agentId);
    const verified = digest === undefined || identityKey === undefined ? undefined : await verifyReport(envelope, { directiveId, digest, agentId, identityKey });
    const report = verified?.ok === true ? verified : claimedReport(envelope);
    if (!report.ok) return undefined;
    const { status, code, detail, result, output, startedAtMs, endedAtMs } = report.value;
    return {
      status,
      endedAtMs,
      verified: verified?.ok === true,
      ...(code === undefined ? {} : { code }),
      ...(detail === undefined ? {} : { detail }),
      ...(result === undefined ? {} : { result }),
      ...(output === undefined ? {} : { output }),
      ...(startedAtMs === undefined ? {} : { startedAtMs }),
    };
  }

  #signer(keyId: string): { personId: string; name: string } | undefined {
    const policy = this.#known.policy();
    const holder = policy === undefined ? undefined : findKey(policy, keyId);
    return holder === undefined ? undefined : { personId: holder.person.id, name: holder.person.name };
  }
}

function shown({ agentId, state, changedAtMs, percent, note }: Omit<DirectiveTarget, 'report'>): TargetView {
  return { agentId, state, changedAtMs, ...(percent === undefined ? {} : { percent }), ...(note === undefined ? {} : { note }) };
}
