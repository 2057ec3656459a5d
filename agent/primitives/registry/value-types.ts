/**
 * The types of the registry (winnt.h), and their data as a person writes it: text, a number, lines, or bytes in hexadecimal.
 */
import { failure, success } from '../../../protocol/outcome.ts';
import type { Outcome } from '../../../protocol/outcome.ts';

/** By their numbers. */
export const typeNames = ['REG_NONE', 'REG_SZ', 'REG_EXPAND_SZ', 'REG_BINARY', 'REG_DWORD', 'REG_DWORD_BIG_ENDIAN', 'REG_LINK', 'REG_MULTI_SZ', 'REG_RESOURCE_LIST', 'REG_FULL_RESOURCE_DESCRIPTOR', 'REG_RESOURCE_REQUIREMENTS_LIST', 'REG_QWORD'] as const;
/** Drivers keep data under numbers of their own: 0x10001. */
export type TypeName = (typeof typeNames)[number] | `0x${string}`;

export function typeName(number: number): TypeName {
  return typeNames[number] ?? `0x${number.toString(16)}`;
}

export function typeNumber(name: TypeName): number {
  const index = typeNames.findIndex((each) => each === name);
  return index < 0 ? Number(name) : index;
}

/** The data as text. A number whose bytes are not as many as its type has is shown as bytes, since Windows keeps whatever it is given. */
export function textOfData(type: TypeName, bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes);
  if (type === 'REG_SZ' || type === 'REG_EXPAND_SZ' || type === 'REG_LINK') return wideText(buffer).replace(/\0+$/, '');
  if (type === 'REG_MULTI_SZ') return wideText(buffer).replace(/\0+$/, '').split('\0').join('\n');
  if (type === 'REG_DWORD' && bytes.length === 4) return String(buffer.readUInt32LE());
  if (type === 'REG_DWORD_BIG_ENDIAN' && bytes.length === 4) return String(buffer.readUInt32BE());
  if (type === 'REG_QWORD' && bytes.length === 8) return String(buffer.readBigUInt64LE());
  return buffer.toString('hex');
}

/** The bytes of what a person has written. Fails with `params-invalid`. */
export function bytesOfData(type: TypeName, text: string): Outcome<Uint8Array> {
  if (type === 'REG_SZ' || type === 'REG_EXPAND_SZ' || type === 'REG_LINK') return success(Buffer.from(`${text}\0`, 'utf16le'));
  if (type === 'REG_MULTI_SZ') return success(Buffer.from(`${linesOf(text).map((line) => `${line}\0`).join('')}\0`, 'utf16le'));
  if (type === 'REG_DWORD' || type === 'REG_DWORD_BIG_ENDIAN' || type === 'REG_QWORD') return numberBytes(type, text.trim());
  const hex = text.replaceAll(/[\s,]/g, '');
  return /^([0-9a-f]{2})*$/i.test(hex) ? success(Buffer.from(hex, 'hex')) : failure('params-invalid', `${type} takes bytes in hexadecimal, two digits each`);
}

/** An empty line would end the list for whoever reads it. */
function linesOf(text: string): string[] {
  return text.split(/\r?\n/).filter((line) => line !== '');
}

function numberBytes(type: 'REG_DWORD' | 'REG_DWORD_BIG_ENDIAN' | 'REG_QWORD', text: string): Outcome<Uint8Array> {
  const size = type === 'REG_QWORD' ? 8 : 4;
  const number = /^(0x[0-9a-f]{1,16}|\d{1,20})$/i.test(text) ? BigInt(text) : -1n;
  if (number < 0n || number >= 1n << BigInt(size * 8)) return failure('params-invalid', `${type} takes a number of ${size * 8} bits, decimal or with 0x before it`);
  const hex = number.toString(16).padStart(size * 2, '0');
  const bytes = Buffer.from(hex, 'hex');
  return success(type === 'REG_DWORD_BIG_ENDIAN' ? bytes : bytes.toReversed());
}

/** Halves of surrogate pairs do not cross as JSON. */
function wideText(buffer: Buffer): string {
  return buffer.toString('utf16le').toWellFormed();
}
