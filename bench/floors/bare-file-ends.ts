/**
 * Both ends of a bare transfer: a file to a WebSocket, a WebSocket to a file.
 */
import type { FileHandle } from 'node:fs/promises';
import type { WebSocket } from 'ws';

const pieceBytes = 256 * 1024;
const highWaterBytes = 1024 * 1024;

/** Reads ahead of the socket by as much as it may hold; ends with an empty message. */
export async function sendFile(socket: WebSocket, file: FileHandle): Promise<void> {
  let left: (() => void) | undefined;
  for (;;) {
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(pieceBytes), 0, pieceBytes);
    socket.send(buffer.subarray(0, bytesRead), () => left?.());
    if (bytesRead === 0) return;
    while (socket.bufferedAmount > highWaterBytes) await new Promise<void>((resolve) => (left = resolve));
  }
}

/** Resolves when the empty message has come and all before it is written. */
export function receiveFile(socket: WebSocket, file: FileHandle): Promise<void> {
  return new Promise((resolve, reject) => {
    let writing: Promise<unknown> = Promise.resolve();
    socket.on('message', (data: Buffer) => {
      socket.pause();
      writing = writing.then(() => (data.byteLength === 0 ? undefined : file.write(data)));
      writing.then(() => {
        socket.resume();
        if (data.byteLength === 0) resolve();
      }, reject);
    });
  });
}
