/**
 * Text from elsewhere, made safe to show: a machine's name must not move the cursor or rename the window.
 */

/** One line without control characters. */
export function plain(text: string): string {
  return text.replaceAll(/\p{Cc}|\p{Cf}/gu, '·');
}
