/**
 * A rough measure of a password while it is typed. The intermediary decides; this only helps to choose.
 */
export const minPasswordLength = 10;

export type Strength = { readonly level: 0 | 1 | 2 | 3; readonly words: string };

const common = ['password', 'passwort', '1234567890', 'qwertyuiop', 'qwertz', 'letmein', 'iloveyou', 'admin', 'welcome', 'behest'];

/** 0 not allowed, 1 weak, 2 fair, 3 good. Length counts most: sentences beat signs. */
export function passwordStrength(password: string, name: string): Strength {
  const missing = minPasswordLength - password.length;
  if (missing > 0) return { level: 0, words: password === '' ? 'At least 10 characters; a short sentence is best.' : `${missing} more ${missing === 1 ? 'character' : 'characters'}.` };
  const lower = password.toLowerCase();
  if (new Set(password).size < 5) return { level: 0, words: 'Too few different characters.' };
  const plain = common.some((word) => lower.includes(word)) || (name.length > 2 && lower.includes(name.toLowerCase()));
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/].filter((kind) => kind.test(password)).length;
  const points = (plain ? 0 : 1) + (password.length >= 14 ? 1 : 0) + (password.length >= 18 || kinds >= 3 ? 1 : 0);
  if (points >= 3) return { level: 3, words: 'Good.' };
  return points === 2 ? { level: 2, words: 'Fair; longer is better.' } : { level: 1, words: plain ? 'Weak: it holds a common word or your name.' : 'Weak: make it longer.' };
}
