/**
 * What flows inside a sealed live stream: one event a frame.
 *
 *   console → agent                              agent → console
 *    1 input        bytes                        16 output        channel u8 (1 stdout, 2 stderr) │ bytes
 *    2 input end                                 17 output end
 *    3 resize       columns u16 │ rows u16       18 ended         has exit code u8 │ exit code u32 │ signal name
 *    4 signal       name                         19 input taken   bytes u32
 *    5 taken        bytes u32
 *    6 end taken
 *
 * `taken` is credit from end to end: at most `limits.streamCreditBytes` of a direction may be under way, and stdout and
 * stderr share one count. The report of a run comes on its own way, signed; `ended` only tells the terminal. `end taken`
 * answers it: the console has everything, and the agent need keep nothing of the run for its return.
 */
import { concat, textOf, utf8 } from '../bytes.ts';
import { limits } from '../limits.ts';

export type LiveEvent =
  | { readonly type: 'input'; readonly bytes: Uint8Array }
  | { readonly type: 'input-end' }
  | { readonly type: 'resize'; readonly columns: number; readonly rows: number }
  | { readonly type: 'signal'; readonly name: string }
  | { readonly type: 'taken'; readonly bytes: number }
  | { readonly type: 'end-taken' }
  | { readonly type: 'output'; readonly channel: 'stdout' | 'stderr'; readonly bytes: Uint8Array }
  | { readonly type: 'output-end' }
  | { readonly type: 'ended'; readonly exitCode: number | null; readonly signal: string | null }
  | { readonly type: 'input-taken'; readonly bytes: number };

export type LiveSender = 'console' | 'agent';

/** The most that one `input` or `output` carries: a frame less its kind, tag, type and channel. */
export const maxLiveBytes = limits.maxMessageBytes - 19;

const types = { 'input': 1, 'input-end': 2, 'resize': 3, 'signal': 4, 'taken': 5, 'end-taken': 6, 'output': 16, 'output-end': 17, 'ended': 18, 'input-taken': 19 } as const;
const firstOfAgent = types.output;
const channels = { stdout: 1, stderr: 2 } as const;
const signalName = /^[A-Z][A-Z0-9]{0,15}$/;

/** One event as plaintext of a frame. More than `maxLiveBytes` in one is the caller's bug and throws. */
export function encodeLiveEvent(event: LiveEvent): Uint8Array<ArrayBuffer> {
  if (event.type === 'input') return concat(Uint8Array.of(types.input), chunk(event.bytes));
  if (event.type === 'output') return concat(Uint8Array.of(types.output, channels[event.channel]), chunk(event.bytes));
  return concat(Uint8Array.of(types[event.type]), encodeRest(event));
}

function encodeRest(event: Exclude<LiveEvent, { type: 'input' | 'output' }>): Uint8Array {
  switch (event.type) {
    case 'resize': return concat(numberBytes(2, event.columns), numberBytes(2, event.rows));
    case 'signal': return utf8(event.name);
    case 'taken':
    case 'input-taken': return numberBytes(4, event.bytes);
    case 'ended': return concat(Uint8Array.of(event.exitCode === null ? 0 : 1), numberBytes(4, event.exitCode ?? 0), utf8(event.signal ?? ''));
    case 'input-end':
    case 'end-taken':
    case 'output-end': return new Uint8Array(0);
  }
}

/** The event that `sender` may have written as these bytes, or undefined. Its bytes are a view of them. */
export function decodeLiveEvent(plain: Uint8Array, sender: LiveSender): LiveEvent | undefined {
  const type = plain[0] ?? 0;
  if ((type >= firstOfAgent) !== (sender === 'agent')) return undefined;
  const rest = plain.subarray(1);
  switch (type) {
    case types.input: return { type: 'input', bytes: rest };
    case types['input-end']: return rest.byteLength === 0 ? { type: 'input-end' } : undefined;
    case types.resize: return decodeResize(rest);
    case types.signal: return decodeSignal(rest);
    case types.taken: return rest.byteLength === 4 ? { type: 'taken', bytes: numberOf(rest) } : undefined;
    case types['end-taken']: return rest.byteLength === 0 ? { type: 'end-taken' } : undefined;
    case types.output: return decodeOutput(rest);
    case types['output-end']: return rest.byteLength === 0 ? { type: 'output-end' } : undefined;
    case types.ended: return decodeEnded(rest);
    case types['input-taken']: return rest.byteLength === 4 ? { type: 'input-taken', bytes: numberOf(rest) } : undefined;
    default: return undefined;
  }
}

function decodeResize(rest: Uint8Array): LiveEvent | undefined {
  const [columns, rows] = [numberOf(rest.subarray(0, 2)), numberOf(rest.subarray(2))];
  return rest.byteLength === 4 && columns > 0 && rows > 0 ? { type: 'resize', columns, rows } : undefined;
}

function decodeSignal(rest: Uint8Array): LiveEvent | undefined {
  const name = textOf(rest) ?? '';
  return signalName.test(name) ? { type: 'signal', name } : undefined;
}

function decodeOutput(rest: Uint8Array): LiveEvent | undefined {
  if (rest[0] !== channels.stdout && rest[0] !== channels.stderr) return undefined;
  return { type: 'output', channel: rest[0] === channels.stdout ? 'stdout' : 'stderr', bytes: rest.subarray(1) };
}

function decodeEnded(rest: Uint8Array): LiveEvent | undefined {
  const [hasCode, signal] = [rest[0], textOf(rest.subarray(5))];
  if (rest.byteLength < 5 || hasCode === undefined || hasCode > 1 || signal === undefined) return undefined;
  const exitCode = numberOf(rest.subarray(1, 5));
  if ((hasCode === 0 && exitCode !== 0) || (signal !== '' && !signalName.test(signal))) return undefined;
  return { type: 'ended', exitCode: hasCode === 0 ? null : exitCode, signal: signal === '' ? null : signal };
}

function chunk(bytes: Uint8Array): Uint8Array {
  if (bytes.byteLength > maxLiveBytes) throw new RangeError(`a live event carries at most ${maxLiveBytes} bytes, not ${bytes.byteLength}`);
  return bytes;
}

/** Big-endian; Windows has exit codes up to 2^32 - 1. */
function numberBytes(length: 2 | 4, value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes.subarray(4 - length);
}

function numberOf(bytes: Uint8Array): number {
  return bytes.reduce((value, byte) => value * 256 + byte, 0);
}
