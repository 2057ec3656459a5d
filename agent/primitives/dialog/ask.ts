/**
 * A question to the person at the machine, with the answer.
 */
import { Type } from 'typebox';
import { success } from '../../../protocol/outcome.ts';
import { defineAgentPrimitive } from '../agent-primitive.ts';
import { findDesktop } from './desktop.ts';
import { defaultTitle, messageParameters, seconds, shownFields } from './parameters.ts';
import { show } from './show.ts';

const outcomes = ['answered', 'dismissed', 'no-answer'] as const;
const yesNo: readonly string[] = ['Yes', 'No'];

export const dialogAsk = defineAgentPrimitive({
  name: 'dialog.ask',
  title: 'Ask a question',
  description: 'Asks the person at the machine a question, yes or no unless other answers are given, waits for the answer and returns it. Without anybody signed in to a screen it fails at once.',
  risk: 'change',
  streams: 'none',
  platforms: ['linux'],
  params: Type.Object(
    {
      ...messageParameters,
      answers: Type.Optional(Type.Array(Type.String({ pattern: '^[^\\u0000-\\u001f]+$', maxLength: 40 }), { title: 'Answers', description: 'One button each.', default: ['Yes', 'No'], minItems: 1, maxItems: 4, uniqueItems: true })),
      waitSeconds: seconds('Wait, seconds', 'The window closes by itself after that, without an answer.', 300, 86_400),
    },
    { additionalProperties: false },
  ),
  result: Type.Object(
    {
      ...shownFields,
      outcome: Type.Enum(outcomes, { title: 'Outcome', description: 'answered; dismissed when the window was closed without an answer; no-answer when its time was over.' }),
      answer: Type.Optional(Type.String({ title: 'Answer', description: 'The button that was pressed.' })),
    },
    { additionalProperties: false },
  ),
  run: async ({ text, title = defaultTitle, user, answers = yesNo, waitSeconds = 300 }, context) => {
    const desktop = await findDesktop(user, context);
    if (!desktop.ok) return desktop;
    const shown = await show({ title, text, answers, withinSeconds: waitSeconds }, desktop.value, context);
    if (!shown.ok) return shown;
    const { by, outcome } = shown.value;
    const answer = shown.value.outcome === 'answered' ? answers[shown.value.answer] : undefined;
    return success({ user: desktop.value.user, shownBy: by, outcome, ...(answer === undefined ? {} : { answer }) });
  },
});
