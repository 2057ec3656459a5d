/**
 * Addresses as the kernel prints them in /proc/net.
 */
import { endianness } from 'node:os';

/** In 8 or 32 hexadecimal digits: as words of 32 bits in the order of the processor, or byte by byte. */
export function addressOf(digits: string, order: 'words' | 'network order' = 'words'): string {
  const bytes = Buffer.from(digits, 'hex');
  if (order === 'words' && endianness() === 'LE') bytes.swap32();
  if (bytes.byteLength === 4) return bytes.join('.');
  const words = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(2 * index));
  // a connection of IPv4 on a socket of IPv6
  if (words.slice(0, 5).every((word) => word === 0) && words[5] === 0xffff) return bytes.subarray(12).join('.');
  return shortened(words.map((word) => word.toString(16)));
}

/** RFC 5952: the longest run of zeros, the first of equals, becomes `::`. */
function shortened(words: readonly string[]): string {
  const runs = words.map((_, from) => words.slice(from).findIndex((word) => word !== '0')).map((length, from) => (length < 0 ? words.length - from : length));
  const longest = Math.max(...runs);
  if (longest < 2) return words.join(':');
  const from = runs.indexOf(longest);
  return `${words.slice(0, from).join(':')}::${words.slice(from + longest).join(':')}`;
}
