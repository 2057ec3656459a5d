/**
 * Sizes as people read them.
 */
const units = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'] as const;

/** In steps of 1024, with one figure behind the point below 10: `812 B`, `4.2 MB`, `37 GB`. */
export function writeBytes(bytes: number): string {
  const step = Math.min(units.length - 1, bytes < 1024 ? 0 : Math.floor(Math.log2(bytes) / 10));
  const size = bytes / 1024 ** step;
  return `${step > 0 && size < 9.95 ? size.toFixed(1) : Math.round(size)} ${units[step]}`;
}
