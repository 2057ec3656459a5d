/**
 * certs: TLS for an intermediary that has no certificate of a public authority. It makes an authority of its own once,
 * which agents pin at enrolment, and server certificates under it, renewed in time.
 *
 * Files in the folder: ca.pem, ca-key.pem, server.pem, server-key.pem; the keys are readable by their owner only.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../protocol/clock.ts';
import { limits } from '../protocol/limits.ts';
import { failure, success } from '../protocol/outcome.ts';
import type { Outcome } from '../protocol/outcome.ts';
import { readIfThere, writeDurably } from './durable-file.ts';
import type { Issued } from './issue.ts';
import { namesExactly, serverNames } from './names.ts';
import type { ServerName } from './names.ts';

/** All as PEM. The authority is what agents pin; the certificate chain leaves it out (RFC 8446, section 4.4.2). */
export type ServerCertificate = { readonly authority: string; readonly certificate: string; readonly key: string };

const certificateMode = 0o644;
const keyMode = 0o600;

/**
 * The server certificate in `folder` for the loopback and `names` (host names, IP addresses). Made when there is none,
 * renewed under the same authority when it nears its end or the names have changed; so call it at start and daily.
 * Fails with `usage` (a name that is none), `data-unwritable` or `certificate-damaged`.
 */
export async function ensureServerCertificate(folder: string, names: readonly string[], clock: Pick<Clock, 'now'>): Promise<Outcome<ServerCertificate>> {
  const wanted = serverNames(names);
  if (!wanted.ok) return wanted;
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const authority = await ensureAuthority(folder, clock.now());
    if (!authority.ok) return authority;
    const server = await ensureServer(folder, { authority: authority.value, names: wanted.value, nowMs: clock.now() });
    return success({ authority: authority.value.certificate, ...server });
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) return failure('data-unwritable', error.message);
    throw error;
  }
}

async function ensureAuthority(folder: string, nowMs: number): Promise<Outcome<Issued>> {
  const { certificate, key } = await readPair(folder, 'ca');
  if (certificate !== undefined) {
    if (key !== undefined && fitTogether(certificate, key)) return success({ certificate, key });
    return failure('certificate-damaged', `ca.pem and ca-key.pem in ${folder} do not belong together`);
  }
  const { issueAuthority } = await import('./issue.ts');
  const made = await issueAuthority(nowMs);
  await writePair(folder, 'ca', made);
  return success(made);
}

type ServerNeeds = { readonly authority: Issued; readonly names: readonly ServerName[]; readonly nowMs: number };

async function ensureServer(folder: string, needs: ServerNeeds): Promise<Issued> {
  const { certificate, key } = await readPair(folder, 'server');
  if (certificate !== undefined && key !== undefined && isGood(certificate, key, needs)) return { certificate, key };
  const { issueServer } = await import('./issue.ts'); // loaded when needed: most starts need it not
  const made = await issueServer(needs.authority, needs.names, needs.nowMs);
  await writePair(folder, 'server', made);
  return made;
}

/** Whether a server certificate can go on: it fits its key, comes from the authority, names what it should and lasts. */
function isGood(certificatePem: string, keyPem: string, { authority, names, nowMs }: ServerNeeds): boolean {
  if (!fitTogether(certificatePem, keyPem)) return false;
  const certificate = new X509Certificate(certificatePem);
  const fromMs = certificate.validFromDate.getTime();
  const untilMs = certificate.validToDate.getTime();
  return certificate.verify(new X509Certificate(authority.certificate).publicKey)
    && namesExactly(certificate, names)
    && fromMs <= nowMs && untilMs - nowMs >= limits.renewCertificateMs;
}

/** Whether both can be read and the key is the certificate's. A crash between the two writes leaves a pair that is not. */
function fitTogether(certificatePem: string, keyPem: string): boolean {
  try {
    return new X509Certificate(certificatePem).checkPrivateKey(createPrivateKey(keyPem));
  } catch {
    return false;
  }
}

async function readPair(folder: string, name: string): Promise<{ certificate: string | undefined; key: string | undefined }> {
  return { certificate: await readIfThere(join(folder, `${name}.pem`)), key: await readIfThere(join(folder, `${name}-key.pem`)) };
}

/** The key goes first: a certificate on disk means that the pair is complete. */
async function writePair(folder: string, name: string, pair: Issued): Promise<void> {
  await writeDurably(join(folder, `${name}-key.pem`), pair.key, keyMode);
  await writeDurably(join(folder, `${name}.pem`), pair.certificate, certificateMode);
}
