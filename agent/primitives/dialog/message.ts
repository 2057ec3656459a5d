/**
 * A message in a window of its own, which the person closes.
 */
import { Type } from 'typebox';
import { success } from '../../../protocol/outcome.ts';
import { defineAgentPrimitive } from '../agent-primitive.ts';
import { findDesktop } from './desktop.ts';
import { defaultTitle, messageParameters, seconds, shownFields } from './parameters.ts';
import { show } from './show.ts';

export const dialogMessage = defineAgentPrimitive({
  name: 'dialog.message',
  title: 'Show a message',
  description: 'Shows a message at once to the person at the machine, in a window, and says whether it was closed by that person. Without anybody signed in to a screen it fails at once.',
  risk: 'change',
  streams: 'none',
  platforms: ['linux'],
  params: Type.Object({ ...messageParameters, showSeconds: seconds('For seconds', 'The window closes by itself after that.', 120, 86_400) }, { additionalProperties: false }),
  result: Type.Object({ ...shownFields, wasClosed: Type.Boolean({ title: 'Closed by the person', description: 'Otherwise nobody touched it before its time was over.' }) }, { additionalProperties: false }),
  run: async ({ text, title = defaultTitle, user, showSeconds = 120 }, context) => {
    const desktop = await findDesktop(user, context);
    if (!desktop.ok) return desktop;
    const shown = await show({ title, text, answers: ['OK'], withinSeconds: showSeconds }, desktop.value, context);
    if (!shown.ok) return shown;
    return success({ user: desktop.value.user, shownBy: shown.value.by, wasClosed: shown.value.outcome !== 'no-answer' });
  },
});
