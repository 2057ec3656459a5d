/**
 * Running a primitive: choosing it, filling in its form, knowing what it will do, seeing what it does.
 */
import type { ReactNode } from 'react';
import type { Machine } from '../../../../protocol/messages/live.ts';
import { useCommonPrimitives } from '../../state/common-primitives.ts';
import { useDirective } from '../../state/use-directive.ts';
import { counted, errorWords } from '../../state/words.ts';
import { Empty, FailureNote, SkeletonRows } from '../../ui/notes.tsx';
import { Button } from '@mantine/core';
import { PrimitivePicker } from './primitive-picker.tsx';
import { RunForm } from './run-form.tsx';

export type RunWorkbenchProps = {
  readonly machines: readonly Machine[];
  readonly primitive: string | undefined;
  /** A directive whose parameters fill the form. */
  readonly from: string | undefined;
  readonly onChoose: (primitive: string | undefined) => void;
};

export function RunWorkbench({ machines, primitive: name, from, onChoose }: RunWorkbenchProps): ReactNode {
  const { primitives, failure, retry } = useCommonPrimitives(machines);
  const model = useDirective(from);
  if (failure !== undefined) return <FailureNote {...errorWords(failure.code)} code={failure.code} detail={failure.detail} action={<Button variant="default" onClick={retry}>Try again</Button>} />;
  if (primitives === undefined || (from !== undefined && !model.complete)) return <SkeletonRows rows={8} />;
  const formed = primitives.filter(({ name: each }) => each !== 'terminal.open');
  if (name === undefined) return <PrimitivePicker primitives={formed} onChoose={onChoose} />;
  const primitive = primitives.find((each) => each.name === name);
  if (primitive === undefined) {
    return (
      <Empty icon="library" title={`${name} is not there`} actions={<Button onClick={() => onChoose(undefined)}>Choose another</Button>}>
        {machines.length === 1 ? 'The agent of this machine has no primitive of this name.' : `Not all of the ${counted(machines.length, 'machine')} have it.`}
      </Empty>
    );
  }
  const filled = model.directive?.primitive === name ? model.directive.params : undefined;
  return <RunForm key={`${name} ${from ?? ''}`} machines={machines} primitive={primitive} filled={filled} onBack={() => onChoose(undefined)} />;
}
