/**
 * The output of one run as text, from its first byte on, drawn at most once a frame.
 */
import { useEffect, useState } from 'react';
import { useConsole } from './console-context.ts';
import { OutputText } from './output-text.ts';
import type { OutputPart } from './output-text.ts';

export type RunOutput = { readonly parts: readonly OutputPart[]; text(): string };

export function useOutput(directiveId: string, agentId: string): RunOutput {
  const { client } = useConsole();
  const [output, setOutput] = useState<RunOutput>({ parts: [], text: () => '' });
  useEffect(() => {
    const text = new OutputText();
    let due = 0;
    const draw = (): void => {
      due = 0;
      setOutput({ parts: text.parts, text: () => text.text() });
    };
    const stop = client.watchOutput(directiveId, agentId, (chunk) => {
      text.push(chunk);
      due ||= requestAnimationFrame(draw);
    });
    draw();
    return () => {
      cancelAnimationFrame(due);
      stop();
    };
  }, [client, directiveId, agentId]);
  return output;
}
