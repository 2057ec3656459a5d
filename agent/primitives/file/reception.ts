/**
 * A file on its way to its place: it grows beside it under a name made of the transfer's id, which says by its length how far it is, and is put
 * there by one rename. It outlives the connection, the run and the agent; whatever else may have happened to it, the digest of all
 * of it is checked in the end.
 */
import { constants } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import { link, lstat, open, realpath, rename, unlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { SequentialFile } from '../../../disk/sequential-file.ts';
import { base64Url, sameBytes } from '../../../protocol/bytes.ts';
import { FileDigest } from '../../../protocol/files/digest.ts';
import { failure, success } from '../../../protocol/outcome.ts';
import type { Failure, Outcome } from '../../../protocol/outcome.ts';
import { systemFailure } from '../system-failure.ts';
import { contentOf } from './content.ts';
import { goneMeanwhile } from './directory.ts';
import { kindOf } from './facts.ts';
import { joined } from './names.ts';
import type { Path } from './names.ts';
import { findPlace, parentOf } from './place.ts';
import type { Place, PlaceParameters } from './place.ts';

export type WriteOrder = PlaceParameters & {
  readonly size: number;
  readonly transferId: string;
  readonly replace?: boolean;
  readonly makeParents?: boolean;
  readonly modifiedMs?: number;
  readonly mode?: string;
  readonly ownerId?: number;
  readonly groupId?: number;
};

export const Written = Type.Object(
  {
    path: Type.String({ title: 'Path', description: 'Where it was written.' }),
    size: Type.Integer({ title: 'Size', description: 'Bytes that it has now.' }),
    replaced: Type.Boolean({ title: 'Replaced', description: 'Whether a file stood there before.' }),
    digest: Type.String({ title: 'Digest', description: 'Of the content, by protocol/files/digest.ts, base64url.' }),
  },
  { additionalProperties: false },
);
export type Written = Static<typeof Written>;

type Begun = { readonly place: Place; readonly target: Path; readonly partial: Path; readonly file: FileHandle; readonly writer: SequentialFile; readonly digest: FileDigest };

/** Those under way in this agent: a console that was away and comes anew takes its transfer over. */
const underWay = new Map<string, Reception>();

export class Reception {
  readonly #order: WriteOrder;
  #begun: Begun | undefined;
  #isOver = false;

  constructor(order: WriteOrder) {
    this.#order = order;
  }

  /** Opens what an earlier attempt has left, or begins; says from which byte on the content is wanted. */
  begin(): Promise<Outcome<number>> {
    return this.#refusable(async () => {
      const { transferId, size } = this.#order;
      const before = underWay.get(transferId);
      underWay.set(transferId, this);
      await before?.close();
      const place = await findPlace(this.#order, this.#order.makeParents === true);
      if (!place.ok) return place;
      let file: FileHandle | undefined;
      try {
        const target = await this.#target(place.value);
        if (!target.ok) return target;
        const partial = joined(parentOf(target.value).directory, Buffer.from(`.behest-${transferId}.part`));
        file = await open(partial, constants.O_RDWR | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0), 0o600);
        const { digest, from } = await resume(file, size);
        if (this.#isOver) return failure('cancelled', 'taken over by another console');
        this.#begun = { place: place.value, target: target.value, partial, file, digest, writer: new SequentialFile(file, from) };
        return success(from);
      } finally {
        // `close` knows only of what has begun
        if (this.#begun === undefined) {
          await file?.close();
          await place.value.close();
        }
      }
    });
  }

  data(bytes: Uint8Array): Promise<Outcome<void>> {
    return this.#growing(bytes.byteLength, async ({ writer, digest }) => {
      await Promise.all([writer.write(bytes), digest.add(bytes)]);
    });
  }

  zeros(length: number): Promise<Outcome<void>> {
    return this.#growing(length, async ({ writer, digest }) => {
      await Promise.all([writer.zeros(length), digest.addZeros(length)]);
    });
  }

  /** All has come: checks it and puts it in its place. */
  finish(digest: Uint8Array): Promise<Outcome<Written>> {
    return this.#refusable(async () => {
      if (this.#begun === undefined || this.#isOver) return failure('cancelled', 'taken over by another console');
      const { writer, partial } = this.#begun;
      await writer.flush();
      const isRight = writer.position === this.#order.size && sameBytes(digest, await this.#begun.digest.value());
      if (!isRight) {
        await unlink(partial);
        return failure('digest-mismatch', this.#order.path);
      }
      return success({ ...(await this.#place(this.#begun)), digest: base64Url(digest) });
    });
  }

  /** Ends it, if it has not ended; what has come stays for the next attempt. */
  async close(): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    if (underWay.get(this.#order.transferId) === this) underWay.delete(this.#order.transferId);
    await this.#begun?.writer.flush().catch(() => undefined);
    await this.#begun?.file.close();
    await this.#begun?.place.close();
  }

  /** What is to be written: behind a link, what it leads to. */
  async #target(place: Place): Promise<Outcome<Path>> {
    const stands = await lstat(place.at, { bigint: true }).catch(goneMeanwhile);
    if (stands?.isSymbolicLink() === true) {
      if (place.noFollow !== 0) return failure('outside-root', `${place.shown} is a link`);
      return this.#target({ ...place, at: await realpath(place.at, { encoding: 'buffer' }) });
    }
    return this.#whyNot(stands, place) ?? success(place.at);
  }

  #whyNot(stands: BigIntStats | undefined, { shown }: Place): Failure | undefined {
    if (stands === undefined) return undefined;
    if (!stands.isFile()) return failure('not-a-file', `${shown} is a ${kindOf(stands).replace('-', ' ')}`);
    return this.#order.replace === false ? failure('already-exists', shown) : undefined;
  }

  /** The rights and times first, then the disk, then the name: a crash leaves either the old file or all of the new one. */
  async #place({ file, partial, target }: Begun): Promise<Omit<Written, 'digest'>> {
    const { size, replace, modifiedMs, path } = this.#order;
    const before = await lstat(target, { bigint: true }).catch(goneMeanwhile);
    await file.truncate(size);
    await this.#dress(file, before);
    if (modifiedMs !== undefined) await file.utimes(new Date(), new Date(modifiedMs));
    await file.sync();
    if (replace === false) {
      await link(partial, target);
      await unlink(partial);
    } else await rename(partial, target);
    await syncDirectory(parentOf(target).directory);
    return { path, size, replaced: before !== undefined };
  }

  /** Owner before mode, since changing the one may take bits from the other. */
  async #dress(file: FileHandle, before: BigIntStats | undefined): Promise<void> {
    const { mode, ownerId, groupId } = this.#order;
    const mine = await file.stat({ bigint: true });
    const [owner, group] = [ownerId ?? Number(before?.uid ?? mine.uid), groupId ?? Number(before?.gid ?? mine.gid)];
    if (owner !== Number(mine.uid) || group !== Number(mine.gid)) await file.chown(owner, group);
    await file.chmod(mode === undefined ? (before === undefined ? newFileMode : Number(before.mode) & 0o7777) : Number.parseInt(mode, 8));
  }

  #growing(bytes: number, grow: (begun: Begun) => Promise<void>): Promise<Outcome<void>> {
    return this.#refusable(async () => {
      const begun = this.#begun;
      if (begun === undefined || this.#isOver) return failure('cancelled', 'taken over by another console');
      if (begun.writer.position + bytes > this.#order.size) return failure('params-invalid', `more came than ${this.#order.size} bytes`);
      await grow(begun);
      return success(undefined);
    });
  }

  /** A full disk is made free again: what has come would only keep it full. */
  async #refusable<T>(deed: () => Promise<Outcome<T>>): Promise<Outcome<T>> {
    try {
      return await deed();
    } catch (error) {
      const refusal = systemFailure(error, this.#order.path);
      if (refusal.code === 'disk-full' && this.#begun !== undefined) await unlink(this.#begun.partial).catch(goneMeanwhile);
      return refusal;
    }
  }
}

const newFileMode = 0o666 & ~process.umask();

/** Takes what is there of `size` bytes into a digest; what is longer is of another content. */
async function resume(file: FileHandle, size: number): Promise<{ readonly digest: FileDigest; readonly from: number }> {
  const digest = new FileDigest();
  const stats = await file.stat();
  const from = stats.size > size ? 0 : stats.size;
  if (from === 0) await file.truncate(0);
  for await (const part of contentOf(file, { from: 0, to: from }, false)) {
    if ('bytes' in part) await digest.add(part.bytes);
  }
  return { digest, from };
}

/** Without it a loss of power may take the new name back. Windows has no such thing. */
async function syncDirectory(directory: Path): Promise<void> {
  if (process.platform === 'win32') return;
  const opened = await open(directory, constants.O_RDONLY);
  await opened.sync();
  await opened.close();
}
