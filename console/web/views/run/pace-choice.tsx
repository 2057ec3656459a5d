import { TextInput } from '@mantine/core';
import type { ReactNode } from 'react';
import type { RolloutOptions } from '../../../client/fleet.ts';
import classes from './run.module.css';

export type PaceChoiceProps = { readonly machines: number; readonly pace: RolloutOptions; readonly isRight: boolean; readonly onChange: (pace: RolloutOptions) => void };

/** Whether many machines do it all at once or in waves, and how many failures stop it. */
export function PaceChoice({ machines, pace, isRight, onChange }: PaceChoiceProps): ReactNode {
  const change = (name: keyof RolloutOptions) => (text: string): void => {
    const { [name]: _, ...others } = pace;
    onChange(text.trim() === '' ? others : { ...others, [name]: text.trim() });
  };
  return (
    <div>
      <div className={classes['life']}>
        <label htmlFor="pace-wave">At a time</label>
        <TextInput id="pace-wave" size="xs" w={80} placeholder="all" value={pace.wave ?? ''} onChange={(event) => change('wave')(event.currentTarget.value)} autoComplete="off" />
        <label htmlFor="pace-stop">stop after</label>
        <TextInput id="pace-stop" size="xs" w={80} placeholder="none" value={pace.stopAfter ?? ''} onChange={(event) => change('stopAfter')(event.currentTarget.value)} autoComplete="off" />
        <span>failed</span>
      </div>
      {isRight ? null : <p className="small" role="alert">Write how many of the {machines.toLocaleString('en')} at a time, as 50 or 10%, and how many may fail.</p>}
    </div>
  );
}
