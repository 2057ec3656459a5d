/**
 * An icon with a message that disturbs nobody at work: a notification of the desktop, or a small window where it shows none.
 */
import { Type } from 'typebox';
import { success } from '../../../protocol/outcome.ts';
import { defineAgentPrimitive } from '../agent-primitive.ts';
import { findDesktop } from './desktop.ts';
import { defaultTitle, messageParameters, seconds, shownFields } from './parameters.ts';
import { notify, show } from './show.ts';

export const dialogFlash = defineAgentPrimitive({
  name: 'dialog.flash',
  title: 'Flash an icon',
  description: 'Shows an icon with a message in a corner of the screen, which goes by itself. On a desktop without notifications it is a window.',
  risk: 'change',
  streams: 'none',
  platforms: ['linux'],
  params: Type.Object({ ...messageParameters, showSeconds: seconds('For seconds', 'It goes by itself after that.', 10, 3600) }, { additionalProperties: false }),
  result: Type.Object(shownFields, { additionalProperties: false }),
  run: async ({ text, title = defaultTitle, user, showSeconds = 10 }, context) => {
    const desktop = await findDesktop(user, context);
    if (!desktop.ok) return desktop;
    const asked = { title, text, withinSeconds: showSeconds };
    const flashed = await notify(asked, desktop.value, context);
    const shown = flashed.ok || flashed.code === 'cancelled' ? flashed : await show({ ...asked, answers: ['OK'] }, desktop.value, context);
    return shown.ok ? success({ user: desktop.value.user, shownBy: shown.value.by }) : shown;
  },
});
