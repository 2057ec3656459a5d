/**
 * A directory as one archive, made while it is sent: nothing of it is ever on the disk.
 */
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createGzip } from 'node:zlib';
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { FileDigest } from '../../../protocol/files/digest.ts';
import type { ReadAbout } from '../../../protocol/files/facts.ts';
import { aboutPiece, dataHead, endPiece } from '../../../protocol/files/pieces.ts';
import { failure, success } from '../../../protocol/outcome.ts';
import type { RunOutcome } from '../../../protocol/primitive.ts';
import { defineAgentPrimitive } from '../agent-primitive.ts';
import { lastName, decoded, encoded } from './names.ts';
import { atPlace, placeParameters } from './place.ts';
import type { Place } from './place.ts';
import { serveSending } from './sending.ts';
import type { Sender } from './sending.ts';
import { tarOf } from './tar-stream.ts';

const params = Type.Object(
  { ...placeParameters, gzip: Type.Optional(Type.Boolean({ title: 'Compress', description: 'Whether the archive is compressed with gzip.', default: false })) },
  { additionalProperties: false },
);

const result = Type.Object(
  {
    entries: Type.Integer({ title: 'Entries', description: 'Files, directories and links in the archive.' }),
    bytes: Type.Integer({ title: 'Bytes', description: 'Content of the files in it.' }),
    leftOut: Type.Integer({ title: 'Left out', description: 'What could not be read, and devices, sockets and the like.' }),
    changed: Type.Integer({ title: 'Changed', description: 'Files that became shorter while they were read; zeros stand for the rest.' }),
  },
  { additionalProperties: false },
);

export const fileArchive = defineAgentPrimitive({
  name: 'file.archive',
  title: 'Fetch a folder as an archive',
  description: 'Sends a directory with everything in it as one tar archive, made while it is sent. Links are in it as links. It needs a live stream: use the file browser.',
  risk: 'read',
  streams: 'live',
  platforms: ['linux', 'win32', 'darwin'],
  params,
  result,
  run: async () => failure('not-supported', 'an archive goes over a live stream'),
  serve: (given) => serveSending((sender) => atPlace(given, (place) => send(place, given, sender))),
});

async function send(place: Place, { gzip = false }: Static<typeof params>, sender: Sender): Promise<RunOutcome<Static<typeof result>>> {
  const count = { entries: 0, bytes: 0, leftOut: 0, changed: 0 };
  const about: ReadAbout = { from: 0, modifiedMs: Math.floor((await stat(place.at)).mtimeMs) };
  await sender.send(aboutPiece(about));
  const name = decoded(lastName(encoded(place.shown.replace(/\/+$/, '')))) || 'root';
  const pieces = tarOf(place, { name, count, signal: sender.signal });
  const digest = new FileDigest();
  for await (const piece of gzip ? compressed(pieces) : pieces) {
    if (sender.signal.aborted) return { ...failure('cancelled', place.shown), result: count };
    await Promise.all([digest.add(piece), sender.send(dataHead(piece.byteLength)), sender.send(piece)]);
  }
  await sender.send(endPiece(await digest.value()));
  return success(count);
}

/** What a piece holds is only good until the next one is asked for, and the compressor reads ahead. What breaks on either side ends both. */
function compressed(pieces: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const own = async function* (): AsyncGenerator<Uint8Array> {
    for await (const piece of pieces) yield Uint8Array.from(piece);
  };
  return pipeline(own, createGzip(), () => undefined);
}
