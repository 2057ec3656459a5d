/**
 * Makes certificates (X.509, RFC 5280): an authority of its own for one installation, and server certificates under it.
 * All keys are P-256: every TLS stack in use takes it.
 */
import 'reflect-metadata'; // must come before @peculiar/x509, whose decorators need it
import type { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { hex } from '../protocol/bytes.ts';
import { limits } from '../protocol/limits.ts';
import type { ServerName } from './names.ts';

/** A certificate and its private key, both as PEM (the key as PKCS #8). */
export type Issued = { readonly certificate: string; readonly key: string };

const keyAlgorithm = { name: 'ECDSA', namedCurve: 'P-256' };
const signingAlgorithm = { name: 'ECDSA', hash: 'SHA-256' };

/**
 * A self-signed authority. It may sign servers only (path length 0), and carries no name constraint: it outlives
 * changes of the server's names, which agents that pin it must not notice.
 */
export async function issueAuthority(nowMs: number): Promise<Issued> {
  const keys = await makeKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    keys,
    // The name carries a mark of its own, so that two installations in one trust store are told apart.
    name: `CN=Behest authority ${hex(randomBytes(4))}`,
    serialNumber: serialNumber(),
    signingAlgorithm,
    ...validity(nowMs, limits.authorityLifeMs),
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: pemOf(certificate), key: await keyPem(keys.privateKey) };
}

/** A server certificate for `names`, signed by `authority`. Throws if the authority is not readable: its owner checks it first. */
export async function issueServer(authority: Issued, names: readonly ServerName[], nowMs: number): Promise<Issued> {
  const keys = await makeKeys();
  const issuer = new x509.X509Certificate(authority.certificate);
  const certificate = await x509.X509CertificateGenerator.create({
    publicKey: keys.publicKey,
    signingKey: await readKey(authority.key),
    subject: 'CN=Behest intermediary',
    issuer: issuer.subject,
    serialNumber: serialNumber(),
    signingAlgorithm,
    ...validity(nowMs, limits.serverCertificateLifeMs),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(names.map(({ type, value }) => ({ type, value }))),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: pemOf(certificate), key: await keyPem(keys.privateKey) };
}

/** Valid since a little while ago, so that a peer whose clock is behind can connect at once. */
function validity(nowMs: number, lifeMs: number): { notBefore: Date; notAfter: Date } {
  const fromMs = nowMs - limits.clockSkewMs;
  return { notBefore: new Date(fromMs), notAfter: new Date(fromMs + lifeMs) };
}

function makeKeys(): Promise<webcrypto.CryptoKeyPair> {
  return crypto.subtle.generateKey(keyAlgorithm, true, ['sign', 'verify']);
}

function readKey(pem: string): Promise<CryptoKey> {
  return crypto.subtle.importKey('pkcs8', x509.PemConverter.decodeFirst(pem), keyAlgorithm, false, ['sign']);
}

async function keyPem(key: CryptoKey): Promise<string> {
  return `${x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', key), x509.PemConverter.PrivateKeyTag)}\n`;
}

function pemOf(certificate: x509.X509Certificate): string {
  return `${certificate.toString('pem')}\n`;
}

/** RFC 5280, section 4.1.2.2: positive, unique, at most 20 bytes. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = 0x40 | ((bytes[0] ?? 0) & 0x3f);
  return hex(bytes);
}

function randomBytes(length: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(length));
}
