/**
 * Files of given types or names with size, times and digest, a page at a time.
 */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, open } from 'node:fs/promises';
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { base64Url, utf8 } from '../../../protocol/bytes.ts';
import { limits } from '../../../protocol/limits.ts';
import { failure, success } from '../../../protocol/outcome.ts';
import type { PrimitiveContext } from '../../../protocol/primitive.ts';
import { defineAgentPrimitive } from '../agent-primitive.ts';
import { fitsGlob } from '../glob.ts';
import { systemFailure } from '../system-failure.ts';
import { walk } from './walk.ts';

const params = Type.Object(
  {
    folder: Type.String({ title: 'Folder', description: 'Absolute path; everything below it is looked through. Links are not followed.', format: 'path', pattern: '^(/|[A-Za-z]:[\\\\/])[^\\u0000]*$', maxLength: 4096 }),
    patterns: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 500 }), { title: 'Patterns', description: 'Which files, as globs of the path below the folder, such as **/*.docx. Left out: all.', minItems: 1, maxItems: 50 })),
    digests: Type.Optional(Type.Boolean({ title: 'Digests', description: 'Reads each file and gives its SHA-256.', default: true })),
    after: Type.Optional(Type.String({ title: 'Go on after', description: 'Path at which the page before ended.', maxLength: 4096 })),
  },
  { additionalProperties: false },
);

export const auditFiles = defineAgentPrimitive({
  name: 'audit.files',
  title: 'Audit files',
  description: 'Lists files of given types or names with size, times and digest. One JSON object a line in the output, a page at a time: where there is more, the result names the path to go on after.',
  risk: 'read',
  streams: 'output',
  platforms: ['linux', 'win32', 'darwin'],
  params,
  result: Type.Object(
    {
      files: Type.Integer({ title: 'Files', description: 'Files in the output.' }),
      bytes: Type.Integer({ title: 'Bytes', description: 'Size of these files together.' }),
      unreadable: Type.Integer({ title: 'Not readable', description: 'Files that fit and could not be read; they stand without a digest.' }),
      next: Type.Optional(Type.String({ title: 'Go on after', description: 'There is more: the path to go on after.' })),
    },
    { additionalProperties: false },
  ),
  run: (given, context) => listFiles(given, context),
});

/** Looks at no more than `mostEntries` at once, whatever fits: a page may be empty and name where to go on. */
export async function listFiles(given: Static<typeof params>, context: PrimitiveContext, mostEntries: number = limits.maxAuditedEntries) {
  const { folder, after = '' } = given;
  try {
    if (!(await lstat(folder)).isDirectory()) return failure('not-a-directory', folder);
  } catch (error) {
    return systemFailure(error, folder);
  }
  const page = { files: 0, bytes: 0, unreadable: 0 };
  let [seen, written, last] = [0, 0, after];
  for await (const { path, isFile } of walk(folder, after)) {
    if (context.signal.aborted) return { ...failure('cancelled', 'the walk was ended'), result: page };
    seen += 1;
    if (seen > mostEntries) return success({ ...page, next: last });
    const isWanted = isFile && fits(path.slice(folder.length).replace(/^[/\\]/, ''), given.patterns);
    const found = isWanted ? await look(path, given.digests ?? true, context.signal) : undefined;
    const line = utf8(`${JSON.stringify(found)}\n`);
    if (found !== undefined && (page.files >= limits.maxAuditedFiles || written + line.byteLength > limits.maxOutputBytes)) return success({ ...page, next: last });
    last = path;
    if (found === undefined) continue;
    await context.output('stdout', line);
    written += line.byteLength;
    page.files += 1;
    page.bytes += found.size;
    if ('digest' in found && found.digest === null) page.unreadable += 1;
    if (page.files % 100 === 0) context.progress(Math.min(99, (100 * page.files) / limits.maxAuditedFiles), path.slice(-100));
  }
  return success(page);
}

function fits(path: string, patterns: readonly string[] | undefined): boolean {
  return patterns === undefined || patterns.some((pattern) => fitsGlob(path, pattern));
}

/** Undefined for a file that is gone meanwhile. `digest` is null when it could not be read, absent when none was wanted. */
async function look(path: string, digests: boolean, signal: AbortSignal) {
  const facts = await lstat(path).catch(() => undefined);
  if (facts === undefined || !facts.isFile()) return undefined;
  const known = { path, size: facts.size, modifiedMs: Math.floor(facts.mtimeMs), changedMs: Math.floor(facts.ctimeMs) };
  return digests ? { ...known, digest: await digestOf(path, signal) } : known;
}

async function digestOf(path: string, signal: AbortSignal): Promise<string | null> {
  const hash = createHash('sha256');
  try {
    // what was a file a moment ago may be a link or a pipe now
    await using file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0));
    if (!(await file.stat()).isFile()) return null;
    for await (const chunk of file.createReadStream({ signal }) as AsyncIterable<Buffer>) hash.update(chunk);
    return base64Url(hash.digest());
  } catch {
    return null;
  }
}
