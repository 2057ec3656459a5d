/**
 * Gives a WebAssembly module a maximum of memory, by writing it into the module (WebAssembly 2.0, section 5.5.8). QuickJS has a
 * limit of its own, but counts nothing where it cannot ask malloc for sizes, as in WASI: a script could take 4 GiB.
 */
const headerBytes = 8;
const memorySection = 5;

/** The same module with `pages` of 64 KiB at most. Throws when it does not hold one memory without a maximum: it is a file of ours. */
export function withMaximumMemory(module: Uint8Array, pages: number): Uint8Array<ArrayBuffer> {
  for (let at = headerBytes; at < module.length;) {
    const [size, start] = readNumber(module, at + 1);
    if (module[at] === memorySection) {
      const [count, flags, ...least] = module.subarray(start, start + size);
      if (count !== 1 || flags !== 0) break;
      const limited = [count, 1, ...least, ...writeNumber(pages)];
      return Buffer.concat([module.subarray(0, at), Uint8Array.from([memorySection, ...writeNumber(limited.length), ...limited]), module.subarray(start + size)]);
    }
    at = start + size;
  }
  throw new Error('the module has no memory whose maximum could be set');
}

/** LEB128: the number, and where the bytes after it begin. */
function readNumber(bytes: Uint8Array, from: number): [number, number] {
  let value = 0;
  for (let at = from, shift = 0; ; at++, shift += 7) {
    const byte = bytes[at] ?? 0;
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return [value, at + 1];
  }
}

function writeNumber(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...writeNumber(value >>> 7)];
}
