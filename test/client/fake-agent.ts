/** An agent's end of live streams, and the intermediary before it, in memory: a program that echoes its input. */
import { generateKeyPairSync, sign } from 'node:crypto';
import type { Dial } from '../../console/client/live-socket.ts';
import { concat, unbase64Url } from '../../protocol/bytes.ts';
import { systemRandom } from '../../protocol/clock.ts';
import { limits } from '../../protocol/limits.ts';
import { answerLive, receivedIn } from '../../protocol/live-stream.ts';
import type { LiveEvent } from '../../protocol/live-stream.ts';
import { encodeMessage, messageDecoder } from '../../protocol/messages/codec.ts';
import { FromConsole } from '../../protocol/messages/live.ts';
import type { ToConsole } from '../../protocol/messages/live.ts';
import { keyIdOf } from '../../protocol/statements/dsse.ts';

const decode = messageDecoder(FromConsole);

export type FakeAgent = {
  readonly agentId: string;
  readonly dial: Dial;
  /** Everything the program has read so far. */
  input(): Uint8Array;
  readonly attachments: number;
  /** Signals and sizes, as they came. */
  readonly heard: string[];
  /** Cuts the socket as it is. */
  cut(): void;
};

export async function fakeAgent(directiveId: string, streamKey: Uint8Array): Promise<FakeAgent> {
  const { publicKey: key, privateKey } = generateKeyPairSync('ed25519');
  const publicKey = unbase64Url(key.export({ format: 'jwk' }).x ?? '') ?? new Uint8Array();
  const identity = { publicKey, sign: (bytes: Uint8Array) => Uint8Array.from(sign(null, bytes, privateKey)) };
  let input: Uint8Array = new Uint8Array();
  const heard: string[] = [];
  let attachments = 0;
  let cut = (): void => {};
  let inputEnded = false;

  const dial: Dial = (handlers) => {
    let alive = true;
    let ref = -1;
    let reading: Promise<void> = Promise.resolve();
    let link: Extract<Awaited<ReturnType<typeof answerLive>>, { ok: true }>['value'] | undefined;
    let sentOutput = 0;
    let outputCredit = limits.streamCreditBytes;
    let endSent = false;
    const toConsole = (message: ToConsole) => alive && handlers.message(encodeMessage(message));
    const seal = async (event: LiveEvent) => toConsole({ kind: 'frame', ref, bytes: (await link?.seal(event)) ?? new Uint8Array() });
    const pour = async (): Promise<void> => {
      while (sentOutput < input.byteLength && outputCredit > 0) {
        const bytes = input.slice(sentOutput, sentOutput + Math.min(outputCredit, limits.maxChunkBytes));
        sentOutput += bytes.byteLength;
        outputCredit -= bytes.byteLength;
        await seal({ type: 'output', channel: 'stdout', bytes });
      }
      if (!inputEnded || endSent || sentOutput < input.byteLength) return;
      endSent = true;
      await seal({ type: 'ended', exitCode: 0, signal: null });
    };
    const frame = async (bytes: Uint8Array): Promise<void> => {
      toConsole({ kind: 'credit', ref, bytes: bytes.byteLength });
      if (link === undefined) {
        const answered = await answerLive(bytes, { directiveId, streamKey, identity, inputReceived: input.byteLength, outputFrom: receivedIn(bytes) ?? 0, random: systemRandom });
        if (!answered.ok) throw new Error(answered.detail);
        link = answered.value;
        sentOutput = answered.value.received;
        toConsole({ kind: 'frame', ref, bytes: answered.value.welcome });
        return pour();
      }
      const opened = await link.open(bytes);
      if (!alive) return;
      if (!opened.ok) throw new Error(opened.detail);
      const event = opened.value;
      if (event.type === 'input') {
        input = concat(input, event.bytes);
        await seal({ type: 'input-taken', bytes: event.bytes.byteLength });
      } else if (event.type === 'input-end') inputEnded = true;
      else if (event.type === 'taken') outputCredit += event.bytes;
      else heard.push(event.type === 'resize' ? `${event.columns}x${event.rows}` : event.type === 'signal' ? event.name : event.type);
      return pour();
    };
    cut = () => {
      if (!alive) return;
      alive = false;
      handlers.closed('cut');
    };
    queueMicrotask(() => handlers.opened());
    return {
      send: (bytes) => {
        const message = decode(bytes);
        if (!message.ok || !alive) return;
        const { value } = message;
        if (value.kind === 'attach') {
          attachments += 1;
          ref = value.ref;
          link = undefined;
          queueMicrotask(() => toConsole({ kind: 'attached', ref: value.ref }));
        } else if (value.kind === 'frame') reading = reading.then(() => (alive ? frame(value.bytes) : undefined));
      },
      close: () => (alive = false),
    };
  };
  return {
    agentId: await keyIdOf(publicKey),
    dial,
    input: () => input,
    get attachments() {
      return attachments;
    },
    heard,
    cut: () => cut(),
  };
}
