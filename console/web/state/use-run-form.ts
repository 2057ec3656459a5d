/**
 * A run form while it is filled in: values, faults, the life of the directive, and sending it.
 */
import { useMemo, useState } from 'react';
import type { Machine } from '../../../protocol/messages/live.ts';
import type { Failure } from '../../../protocol/outcome.ts';
import type { PrimitiveDescription } from '../../../protocol/primitive.ts';
import { limits } from '../../../protocol/limits.ts';
import { rolloutFrom } from '../../client/fleet.ts';
import type { RolloutOptions } from '../../client/fleet.ts';
import { useConsole } from './console-context.ts';
import { commandLine } from './command-line.ts';
import { checkForm, paramsOf } from './form-check.ts';
import type { FormErrors, FormValues } from './form-check.ts';
import { allFields, formModel, initialValues } from './form-model.ts';
import type { FormModel } from './form-model.ts';
import { useSigner } from './queries.ts';

/** How long machines that are off line may take to come back. */
export const waits = [
  { label: '1 hour', ms: 3_600_000 },
  { label: '1 day', ms: 86_400_000 },
  { label: '7 days', ms: limits.defaultQueuedMs },
  { label: '30 days', ms: limits.maxQueuedMs },
] as const;

export type RunFormState = {
  readonly model: FormModel;
  readonly values: FormValues;
  /** Faults of touched fields, or of all once sending was tried. */
  readonly errors: FormErrors;
  readonly valid: boolean;
  /** Undefined while every machine is on line. */
  readonly waitMs: number | undefined;
  /** As it is written: `50` or `10%` at a time, and how many failures stop it. */
  readonly pace: RolloutOptions;
  readonly paceIsRight: boolean;
  readonly command: string;
  readonly sending: boolean;
  readonly failure: Failure | undefined;
  readonly sentId: string | undefined;
  change(name: string, value: unknown): void;
  setWait(ms: number): void;
  setPace(pace: RolloutOptions): void;
  /** True when all is right; otherwise all faults are shown. */
  check(): boolean;
  send(): Promise<string | undefined>;
};

export function useRunForm(machines: readonly Machine[], primitive: PrimitiveDescription, filled: FormValues | undefined): RunFormState {
  const { client } = useConsole();
  const signer = useSigner().data;
  const model = useMemo(() => formModel(primitive.params), [primitive]);
  const [values, setValues] = useState<FormValues>(() => ({ ...initialValues(model), ...filled }));
  const [touched, setTouched] = useState<ReadonlySet<string>>(new Set());
  const [tried, setTried] = useState(false);
  const [chosenMs, setWait] = useState<number>(limits.defaultQueuedMs);
  const waitMs = machines.every(({ online }) => online) ? undefined : chosenMs;
  const [pace, setPace] = useState<RolloutOptions>({});
  const rollout = rolloutFrom(pace, machines.length);
  const [sending, setSending] = useState(false);
  const [failed, setFailed] = useState<Failure>();
  const [sentId, setSentId] = useState<string>();
  const faults = useMemo(() => checkForm(model, values), [model, values]);
  const params = useMemo(() => paramsOf(model, values), [model, values]);
  const send = async (): Promise<string | undefined> => {
    if (signer === null || signer === undefined || !rollout.ok) return undefined;
    setSending(true);
    setFailed(undefined);
    const submitted = await client.submit({ agentIds: machines.map(({ id }) => id), primitive: primitive.name, params, ...(waitMs === undefined ? {} : { waitMs }), ...(rollout.value === undefined ? {} : { rollout: rollout.value }) }, signer);
    setSending(false);
    if (!submitted.ok) {
      setFailed(submitted);
      return undefined;
    }
    setSentId(submitted.value.directiveId);
    return submitted.value.directiveId;
  };
  return {
    model,
    values,
    errors: tried ? faults : Object.fromEntries(Object.entries(faults).filter(([name]) => touched.has(name))),
    valid: Object.keys(faults).length === 0,
    waitMs,
    pace,
    paceIsRight: rollout.ok,
    command: commandLine({ machines: machines.map(({ name }) => name), rollout: pace, primitive: primitive.name, params, secrets: allFields(model).filter(({ kind }) => kind === 'secret').map(({ name }) => name) }),
    sending,
    failure: failed,
    sentId,
    change(name, value) {
      setValues((old) => ({ ...old, [name]: value }));
      setTouched((old) => new Set(old).add(name));
    },
    setWait,
    setPace,
    check() {
      setTried(true);
      return Object.keys(faults).length === 0 && rollout.ok;
    },
    send,
  };
}
